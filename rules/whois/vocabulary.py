# ruff: noqa: RUF001  Greek, Hebrew and Cyrillic have letters that look Latin
"""The words that WHOIS servers label their lines with, in the languages that registries write, without diacritics.

A label is understood word by word, so that "Domain Name Commencement Date" needs no entry of its own. Scripts that
do not part their words have whole phrases instead.
"""

EXPIRES = """
expires expire expired expiry expiration expiring expir exp renewal exdate valid validity validuntil till until due
paid billeduntil datebilleduntil paidtill lapses lapse
vencimiento vence corte expiracion caducidad caduca expira expirara expiracao expiracion vencimento validade valido
echeance expirera ablauf ablaufdatum gultig gueltig laufzeitende scadenza scade verloopdatum vervaldatum verloopt
geldig wygasa wygasniecia wygasniecie wazny waznosci wazna expirace exspirace platnost plati vyprsi bitis bitimi
sonlanma gecerlilik oplachen okonchanie istekaet istechenie vanhenee paattyy voimassaolo voimassa utgar
utgangsdatum utlopsdatum upphor forfaller udlober udlobsdato utloper utlopsdato lejarat lejar ervenyes
istice istece isteka istek vazi vrijedi aegub kehtib galioja baigiasi derigs kadaluarsa kedaluwarsa berlaku tempo
rennur potece potek skadon bezahlt valable vigente vigencia срок действия
истекает истечения истечение оплачен оплачено окончания окончание действителен действует закінчується
закінчення сплачений изтича валиден важи истиче истекува истекува λήξη λήξης ληξη ληξης
skadimit skadence skadenca lauft loper caduco caducitat venciment baja isteku isticanja prestanka
galiojimo pabaiga deriguma termins beigu iraungitze expiratzen data-expirare expirarii lejarati ervenyesseg
lejaratanak paattymispaiva eraantymispaiva erapaiva utlop utlopstid gyldig kehtivuse kehtivus
vyprseni platny platna koniec utracha paid-up paidup billed-until endet
ende end ends vervalt aflopen afloopdatum prolongarsi zapada zapadnuti bitme suresi tamat luput berakhir
kedaluarsanya hetan скончва срока важење важења хүчинтэй мерзімі חידוש תוקף פקיעה انتهاء الانتهاء صلاحية انقضا
انقضاء
istjece istjecu istekne bitmə bitir bitirme muddeti muddəti tugash tugaydi muddat mohleti истека истекување
истицања истичање изтичане изтичаща припинення заканчэння дзейнічае сканчэння дуусах дуусна аяқталу аяқталады
аяктоо бүтүү skadenza jiskadi endar utgongur gongur gildur verval vervaldag istjecanja isticanje pasibaigia
pabaigos beigas beidzas lopeb loppuu loppupvm jarat ervenytelenne expiranta iraungitzea eindigt einde
aflooptermijn finaliza termina encerra fineix finalitza caducado mwisho inaisha lapsing terminates ending
validthru thru validto
дійсний дійсна дійсне дійсно сапраўдны valabil valabila
fin kullanma
"""

ENGLISH = """
expires expire expired expiry expiration expiring expir exp renewal renew renewed exdate valid validity until till
due paid billed lapses lapse thru through anniversary updated update updates modified modification modify changed
change changes amended revised altered edited created create creation registered registration register reg activated
activation activate commencement established inserted entered since start starts started begin begins end ends
ending record registry domain domains name names last first date dates time of on the at in is was to for from by
and or current original initial will be been
"""
"""English words in labels of dates. A label with other words was written where nobody puts the month first."""

UPDATED = """
updated update updates modified modification modify changed change changes lastmodified lastupdated lastchanged
datelastmodified lastmod lastupdate amended revised altered edited
actualizado actualizacion modificado modificacion cambio alterado alteracao atualizado atualizacao modificacao
modifie modifiee jour maj geandert geaendert anderung aenderung aktualisiert aktualisierung aggiornamento
aggiornato modifica modificato gewijzigd wijziging bijgewerkt zmodyfikowano zmodyfikowany modyfikacja modyfikacji
aktualizacja zmieniony zmiana zmeneno zmena zmeny aktualizace aktualizacia aktualizovano guncelleme guncellenme
guncellendi degisiklik muokattu muutettu muutos paivitetty andrad andrat uppdaterad aendret andret opdateret
endret oppdatert modositva modositas frissitve izmenen obnovlen obnovleno izmenjen izmjena izmjene izmijenjen
promjena promena promjene azurirano
muudetud pakeista pakeitimo mainits posodobljen spremenjen modificata modificat diperbarui
изменен изменён изменено изменения изменение обновлен обновлён обновлено обновления обновление змінено оновлено
променен промяна
perditesimit ndryshimit τροποποιησης ενημερωσης uppfaerd breytt modificacio actualitzacio atnaujinta keitimo
atjaunots uuendatud muutmise eguneratua paivitys muutospaiva frissites diubah dikemaskini kemaskini עדכון التحديث
بروزرسانی
yenilenme yenilənmə deyisdirilme dəyisdirilmə ажурирано ажурирање изменето промењено промене измене последња
промена акладнена абноўлена зменена шинэчилсэн өөрчилсөн өзгертілді жаңартылған aggornat broytt dagfort
gewysig bygewerk imesasishwa
"""

CREATED = """
created create creation registered registration register registred reg activated activation commencement
dateregistered established inserted record-created domainregistered entered creada creado creacion registro
registrado
registrada alta activacion criacao criado registo registado ativacao cree creee enregistrement enregistre erstellt
erstellung registriert registrierung registrierungsdatum angemeldet anmeldung angelegt anlage creato creata
creazione
registrazione registrato geregistreerd registratie registratiedatum aangemaakt utworzono utworzony utworzenia
zarejestrowano zarejestrowany rejestracja rejestracji registrace registracia registrovano zaregistrovano vytvoreno
vytvorenie kayit olusturulma olusturma tescil rekisteroity rekisterointi luotu myonnetty skapad registrerad
registreringsdatum registrerat oprettet registreret opprettet registrert regisztralva regisztracio regisztralas
letrehozva sozdan zaregistrirovan registratsiya registracija registracije registrovan registriran kreiran kreiranja
registreeritud loodud registruota uzregistruota registrets inregistrat creat dibuat terdaftar didaftar создан
создано
создания зарегистрирован регистрации регистрация створено зареєстровано реєстрації създаден регистриран
regjistrimit krijimit krijuar regjistruar δημιουργιας δημιουργια καταχωρησης καταχωρισης εγγραφης ενεργοποιησης
skrad skradur stofnad nyskraning registre alta-data registrirano registriranja ustvarjeno nastanka sukurta sukurimo
uzregistruotas registracijos izveidots registreerimise registreerimiskuupaev loomise sortu erregistratze
erregistratua rexistro rexistrado aktivierung eroffnung rekisteroitypaiva myontamispaiva myontopaiva aktiveret
aktiverad oprettelse oprettelsesdato registrering registreringsdag alapitas bejegyzes bejegyezve bejegyzve
aktiv-date osnovan otvoren otvorena aktiviran aktivacije pendaftaran didaftarkan dicipta daftar olusturuldu acilis
регистрирана създадена регистрисан креиран регистрација סטטוס-יצירה יצירה רישום الإنشاء التسجيل ثبت ایجاد
qeydiyyat qeydiyyatdan yaradilma yaradilib royxatdan roʻyxatdan yaratilgan регистрације регистрацији креирања
регистрирање рэгістрацыі створаны ствараныя зарэгістраваны бүртгэсэн бүртгүүлсэн үүсгэсэн тіркелген тіркеу
катталган катталуу бақайдгирӣ registrazzjoni maħluq skrasett skrasetting stovnad uppretta upprettad
registravimo registravimas iregistruotas uzregistravimo registrirana kreirana kreirano geskep geregistreer
rejistreerimine since allocated assigned usajili imesajiliwa cofrestrwyd claraithe
erregistro inregistrarii inregistrare tao реєстрація зареєстрований registr
skraningardagur skradur stofnud stofnadur sukurtas sukurta
"""

REGISTRAR = """
registrar registrars registrador registradora registrateur registrator rejestrator registraator registraras
rekisterinpitaja valittaja verkkotunnusvalittaja regisztrator registratore registrarname registraire
регистратор регистратора реєстратор registrar-name
regjistruesi καταχωρητης kataxoritis registratorius registrators registripidaja erregistratzailea rexistrador
agentti skraningaradili forhandler ombud מסגר registerar
"""

NAMESERVER = """
namensserver namenserver nserver nservers nameserver nameservers ns dns nss dnsserver dnsservers dnservers namesrv
nsname hosts hostnames dnshost dnshosts dnshostnames namnserver namnservrar navneserver navneservere
navnetjener navnetjenere nimipalvelin nimipalvelimet nevszerver
nevszerverek nevkiszolgalo nimiserver nimiserverid nazwservers hostdns днс
nafnathjonn nafnathjonar nafnthjonn nafnthjonar naamserver naamservers naamserwer nazwaserwera dnsserverid
nimeserver nimeserverid vardnserver hostname1 delegated-hosts namnservrarna nimiserverit nimipalvelimen dnsy
navnaambaetarar navnaambaetari navnatenari navnatenarar navnapjonn vardserver
"""

SERVERS = """
server servers servidor servidores serveur serveurs serwer serwery serwerow servery posluzitelj posluzitelji sunucu
sunucusu sunucular sunuculari
сервер серверы сервера сервери
serverat serveri serverit εξυπηρετητες εξυπηρετητης διακομιστες διακομιστης διακομιστη thjonn nafnthjonn thjonar
servidors zerbitzariak serveriai serveris strezniki streznik palvelimet palvelin pelayan שרתי שרת خوادم خادم
kiszolgalo kiszolgalok szerver szerverek
serverleri serverlər serverləri serverlari serverler сервері серверлер серверүүд серверот сървъри сървър
сэрверы сэрвер posluziteljima palvelimia pelayar
"""
"""A word for a server means a name server beside one of ``SERVES``, in any order: "Domain servers in listed order"."""
SERVES = """
name names domain domains dns primary secondary tertiary master slave primaire secondaire tertiaire primario
primaria
secundario secundaria secondario secondaria terciario primar sekundar primarer sekundarer primarni sekundarni
birincil
ikincil nombre nombres nomes noms nome nomi nume dominio dominios
domaine
nazw jmenne imen adi isim имен имён імен listed main second third nom noms
emrave emrit ονοματων ονοματος nafna nafnathjonn nafnathjonar izen vardu vardi imenski imenskih domenskih nama שמות
שם الاسماء أسماء اسماء nevek primero segundo tercero cuarto
ad adlari nomlar imena imenu имена имени нэрийн нэр имёны имёнаў днс
"""

STATUS = """
domaintype etat zustand situation status statuses state eppstatus domainstatus flags estado estatus statut
stato stan stav
durum
durumu tila allapot staatus busena tilstand situacao situacion статус состояние стан състояние
statusi katastasi κατασταση stada estat egoera buklė bukle statuss olek סטטוס مصير kedudukan
vaziyyet vəziyyəti holati holat төлөв күйі абалы статусот состојба стане stoda
"""

DOMAIN = """
domain domains domainname dominio dominios domaine domaene domane domena domeny verkkotunnus domein doman
домен domen domain-name query ascii objekt
domaini domainit domeinua domini ονομα χωρου lenid lenheiti domeno domenas domens domeeninimi domeen domeininimi
domeinnaam domanname domanenname domannamn domaenenavn domenenavn domeneshop-navn дамен доменно דומיין מתחם النطاق
دامنه domeniului domeinuaren
домэйн домэйны доменот домена домену dominju okisnavn domeni domenin domenul
"""

CONTACT = """
registrant registrants owner owners holder holders admin administrative administrator adm tech technical tec
billing
bill contact contacts person role reseller applicant agent manager managers titular titulaire proprietario
propietario inhaber inhaberin eigentumer houder haltija innehavare indehaver igenylo wlasciciel drzitel vlastnik
sahibi administrativo administrativa tecnico tecnica technique administratif admini facturacion financiero
kontakt kontakty contacto contatto contato intestatario assegnatario dono responsavel entidade contactid nsset
keyset zone sponsor hdl nichdl abuse maintainer mntner mnt владелец администратор контакт власник org
organisation organization orgname client customer licensee cedent
sahib носилац носиоц носител власникот уласнік эзэмшигч эзэн иесі ээси eigari haldari sid mmiliki
"""

NAME = "name nom nome nombre naam nazwa nazev nimi namn navn nev имя название наименование"
ORGANISATION = (
    "organization organisation organizacion organizacao organizzazione company firma org société societe azienda"
)
HOST = "hostname host server servername"

REGISTRANT = """
registrant registrants owner owners holder holders titular titulares titulaire proprietario propietario inhaber
inhaberin eigentumer houder haltija innehavare igenylo wlasciciel drzitel vlastnik sahibi intestatario assegnatario
dono licensee владелец власник
"""
"""The words among those for contacts that mean the domain's holder."""

SIGNED = """
dnssec dnskey dsrecord dsrecords dsdata signed signing secdns keytag ds delegationsigned dnssecsigned
"""
AROUND_SIGNED = "key keys keyset tag data record records rdata delegation enabled digest algorithm type zone is"
"""Words that may stand beside those of ``SIGNED``: "DS Key Tag 1", "Signing Key"."""

FILLER = """
date dates time on of the at in is was name names record records registry last first current currently information
info details data datum data dato datos datas fecha data de del di da do la le el du der des d l til bis jusqu
au to
do al a as for tarihi tarih paiva pvm kelt kelte napja latest final ultima ultimo ultime derniere dernier letzte
letzter laatst laatste ostatnia ostatni posledni son sist seneste senast viimeisin utolso original initial
initially
c epp jj aaaa will sponsoring authorized authorised accredited registered list order listed active managing gtld
hasta desde por le les een van met dia ngay дата до имени момент cctld
domainrecord object zone relevant important key general summary completed stamp timestamp and utc gmt yyyy mm dd
e i te emri emrit ημερομηνια kuupaev paev lauft ab ut loper gildir dags dagsetning pvz laikas diena datums leiðr
nimi egun tanggal tarikh takvim hari ngày an am um kl klo ora orario heure hora uhr zeitpunkt tid tidspunkt tidpunkt
תאריך تاريخ تاریخ часа година vrijeme vreme jusquau
tarixi tarixleri vaqti sanasi sana датум датумот дату огноо күні күнү vaxti m gada iki nuo tarehe ya dyddiad
ta tar tat isem
"""

FOREIGN = """
phone fax facsimile telephone tel voice email mail e-mail address addr street city country postal zip
postalcode url
www web website site whois who id ids iana number num type class tag transfer transferred transfert option period
term verification request database digest algorithm keytag ip ipv ipv4 ipv6 ips by notice
dnssec dnskey dsrecord dsrecords dsdata ds signing delegationsigned dnssecsigned rdata
disclaimer copyright terms hold lock locked auth authinfo handle handles hdl stat lastaa aa secdns sec security
quarantine suspension eligibility eligdate trademark ipr remarks remark descr description comment comments note
notes license licence years length source language nationality variant variants version services provider
complaint form reporting problem policy price fee grace deletion deleted delete
restore restored restorable restoration redemption redeem redeemed redeemable purge purged drop dropping removal
free freedate available release
cancelled canceled datecancelled link referral re dispute auction reseller legal timestamp signed signature
"""
"""A line whose label has one of these words says something else, whatever stands beside it."""

PHRASES = {
    "expires": """
        paid till|valid till|valid until|valid to|有効期限|有効期間|使用終了日|사용 종료일|사용종료일|만료일|만기일
        到期日期|到期时间|到期日|过期时间|过期日期|有效期至|有效期|屆滿日期|到期時間|تاريخ الانتهاء|תאריך תפוגה
        วันหมดอายุ|ngay het han|sona erme|mise en expiration|fin de validite|anniversary
        ex date|renew by|renew before|renewal by|pay by|pay before|due by|วันที่หมดอายุ|วันสิ้นสุด|समाप्ति
        समाप्त|만료 일|有効期間満了日
        満了日|期限|到期|過期|过期|мерзімі|ვადის|ვადა|ამოწურვის|ժամկետ|ավարտ|hết hạn|届满|屆滿|有效至|終了日|失効
        মেয়াদ|காலாவதி|කල් ඉකුත්|ফুরোবে|म्याद|ផុតកំណត់|ໝົດອາຍຸ|သက်တမ်းကုန်|میعاد|የሚያበቃ|만료|종료일|หมดอายุ|gongur ut
        gildir til|valid thru|billed to|registered until|registered till|dod i ben|dul in eag""",
    "updated": """
        最終更新|最終更新日|更新日|최근 정보 변경일|최근정보변경일|정보변경일|更新日期|更新时间|最后更新|修改时间
        更新時間|mise a jour|ngay cap nhat|تاريخ التحديث""",
    "created": """
        登録年月日|登録日|接続年月日|등록일|생성일|注册日期|注册时间|创建时间|创建日期|註冊日期|註冊時間|申請日期
        ngay dang ky|تاريخ التسجيل|تاريخ الإنشاء|วันจดทะเบียน|จดทะเบียน|วันที่สร้าง|วันสร้าง|पंजीकरण|निर्माण
        რეგისტრაციის|შექმნის|գրանցման|ստեղծման|নিবন্ধন|பதிவு|ලියාපදිංචි|दर्ता|ចុះឈ្មោះ|ລົງທະບຽນ|မှတ်ပုံတင်
        اندراج|የተመዘገበ|تاریخ ثبت|成立日期|登記日期|启用日期|開始日期|取得日
        등록 일|개설일|開通日|作成日|cr date|创建|注册于|建立日期|建立時間|first registration|date de creation""",
    "registrar": """
        registration service provider|authorized agency|invoicing party
        registration provider|service provider|bureau d enregistrement|entidad registradora|agente registrador
        kayit operatoru|kayit kurulusu|指定事業者|登録事業者|등록대행자|注册商|註冊商|注册服务机构|所属注册机构
        nha dang ky|مسجل|sponsoring registrar|sponsor""",
    "nameserver": """
        ネームサーバ|호스트이름|네임서버|域名服务器|dns服务器|dns 服务器|名称服务器
        delegation|delegated to|域名伺服器|servers|sunucular|servidores|serveurs|серверы|servery|serwery
        alan adi sunucu|خادم|خوادم|may chu|เนมเซิร์ฟเวอร์|เซิร์ฟเวอร์|नेमसर्वर|नेम सर्वर|네임 서버
        ネームサーバー|服务器|伺服器""",
    "registrar id": "registered through|registered with|registered via|registered by",
    "host": "server name|host name|hostname",
    "status": """
        availability|disponibilidad|disponibilidade|disponibilite|verfugbarkeit|状態|状态|상태|狀態|trang thai
        tinh trang|الحالة|สถานะ|स्थिति|وضعیت|სტატუსი""",
    "domain": """
        ドメイン名|도메인이름|域名|網域名稱|ten mien|nom de domaine|nombre de dominio|اسم النطاق|ชื่อโดเมน|डोमेन
        도메인|ドメイン|شناسه دامنه|დომენი|տիրույթ""",
    "contact": "公開連絡|責任者|技術|관리자|책임자|联系人|聯絡人",
    "registrant name": "登録者|등록인|注册人|註冊人|注册者|chu the|organization using domain name",
}
