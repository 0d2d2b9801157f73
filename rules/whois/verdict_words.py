# ruff: noqa: RUF001  Greek, Hebrew and Cyrillic have letters that look Latin
"""The words of sentences and statuses that say what became of a name or a query, in the languages of registries.

Without diacritics, as ``characters.folded`` leaves them; a star stands for any ending.
"""

DOMAIN = """
domain* domein* domeen* dominio* domaine* nom nome nombre name names doman* domen domena domeny domene* domeniul
domann* домен* имя имени alan adi verkkotunnus* naam navn namn nev ten mien ονομα domini vard* nazev nazwa
domaini emri lenid lenheiti domenas vardas domens domeeninimi domanname domannamn domenenavn domaenenavn דומיין מתחם
השם النطاق الدومين اسم دامنه doménu domeinua izena
domeenil
домэйн* дамен* הדומיין שם okisnavn* navnid navnið lenið dominju nazwie имено името домейн*
"""

NOT = """
jamais nikdy nigdy никогда ніколи soha aldrig koskaan niemals nikada nikoli nooit
nao nunca ningun* nenhum* aucun* sin sem sans nie niet geen nicht kein* nessun* nem nu ne neni nije nema nav nera
nebyl* nebol* ikke inte ej ei eivat tidak belum chua khong не нет ни δεν degil* yok brak zadn* zadna ingen inga
inget
nincs* ningum без non pas edilmemis* bulunmam* onaylanmamis* no
ni nuk ekki ez mhux tiada bukan אינו איננו לא אין غير لا لم ليس няма nuk s'ka cap belumlah ir-nav
ikki hvorki nisu nismo mangler немає әлемде үгүй emas жоқ эмес deyil hakuna siyo
nepodarilo nepodarila
"""

ABSENT = """
bulunamad* inexistant* inexistente* inesistent* introuvable* inconnu* unbekannt* desconocid* desconhecid*
отсутству*
nenalezen* neexistuj* neregistr* nezaregistr* nenajden* nieznan* niezarejestrowan* onbekend* nerasta
незарегистрирован* несуществу*
neuzregistruot* neregistruot* nerast* neatrast* neregistret* nereģistr* незарегистр* незареєстр* нерегистр*
tapilmadi topilmadi haijasajiliwa nemregisztralt nezarejestrowan* nieprzydzielon* neobsazen* nezabran* nepridelen*
nepostojec* nepoznat* nezname* neznama* tuntematon ukendt ukjent okand nepoznata nepoznato ismeretlen necunoscut*
panjohur tundmatu nezinom* nezinam* ezezagun* descone* тіркелмеген
незаэрэгістрав* незарэгістрав* непознат* непостоје* непостоеч* okunn* ukend* ofunnid qeydiyyatsiz бүртгэлгүй
мавжудмас
"""

TAKEN = """
asignad* adjudicad* zugewiesen zugeteilt toegewezen przydzielon* pridelen* tilldelad tilldelat tildelt
присвоен* назначен*
encontrad* encuentra* figura figuran figuruje aparece* hallad* existe existen registrad* registad* consta constan
coincid* atribuid* trouve* enregistre* attribue* correspond* gefunden registriert* vergeben vorhanden belegt
existiert* eingetragen trovat* registrato registrata registrati esiste esistono assegnat* risulta risultano
znalezion*
zarejestrowan* istniej* wpisan* nalezen* registrovan* zaregistrovan* existuj* najden* найден* зарегистрирован*
регистриран*
существует занят* делегирован* знайдено зареєстрован* kayitli tahsis tescil* geregistreerd gevonden toegekend
registrert* registreret registrerad* registrerat fundet funnet finns hittades rekisteroi* loydy* leitud
registreeritud
pronaden* postoji registriran* inregistrat* gasit* exista talalhato letezik regisztral* foglalt ditemukan terdaftar
dang βρεθηκε καταχωρ* registruot* atrast* registret* zajet* obsazen* zauzet* occupe* ocupad* occupat* bezet*
upptagen
varattu edilmemis* pris prise tomado tomada bestaat bestaan
regjistruar ekziston gjendet gjetur skrad* fannst finnst registrat registrats registrada registrades trobat
existeix erregistratu* existitzen aurkitu
rexistrad* atopad* geregistreer* gevind leidu olemas rastas egzistuoja uzimt* aiznemts obstaja obstoji zaseden*
registrirano реєстр* заре* רשום נמצא קיים مسجل مسجلا موجود موجودا محجوزا يوجد عثر regisztralva bejegyezve bejegyzett
foglalva ismert zasiahnut* znamy poznat* tahsisli mevcut didaftarkan dijumpai wujud
skrasett skrasettur funnin funnid funnið finst регистрован* пронађен* постоји најден* постои зарэгістраван*
знойдзен* існуе бүртгэгдсэн бүртгэлтэй тіркелген катталган qeydiyyatdan qeydiyyatda mavjud topildi tapildi
tapilib imesajiliwa kipo uzregistruotas
finnes findes finst
najit nalezt znalezc vinden trouver encontrar trovare hitta najti naci pronaci gasi найти знайти loytaa leida atrasti
"""

ALREADY = """
ja deja ya gia bereits schon juz уже вже vec uz zaten already reeds allerede redan jo mar
tashme jau juba jau ze вече већ ήδη ηδη sudah telah כבר بالفعل jegyzett
"""

THINGS = """
wpis wpisu wpisow resultad* registro* registo* dados datos resultat* enregistrement* donnees eintrag* daten treffer
ergebnis* oggett* risultat* dati obiekt* danych informacj* wynik* запис* данн* объект* информаци* результат* kayit*
sonuc* bilgi* gegevens resultaten domaines dominios domains liste lista zaznam* podatak* podataka podatki talalat*
rezultat* treff objeto* objet* informacion informacao informations
donnee traffar traff dado dato wynikow rekord* rekordow irasu irasas ierakst* kirjet kirje faersla faerslur skraning
regjistrim ευρηματ* στοιχεια εγγραφ* רשומות רשומה تسجيل بيانات نتائج zapis zapisa zapisow zaznamov zapisnik
tuloksia tulosta tulokset osumia osuma hakutuloksia tulemusi tulemust vasteid hasil hasilnya ketqua
naturstodur nidurstodur urslit αποτελεσματα αποτελεσμα upplysingar upplysingum takwimu taarifa maklumat podaci
подаци податоци податак
"""

FREE = """
доступен доступна доступно disponib* disponivel libre livre liber libero libera frei verfugbar vrij beschikbaar
wolna
wolny wolne dostepna dostepny dostepne volna volne volny prost prosta slobodan slobodna slobodno ledig ledigt vapaa
vaba szabad свободен свободна свободно свободное вільн* musait bosta bos tersedia brivs laisvas ελευθερ* διαθεσιμ*
laust laus lire ledige laisv* briv* proste prosto lliure aske פנוי זמין متاح متاحة متوفر آزاد ελευθερο διαθεσιμο
vrije szabadon vabas kosong
leyst leys leysur azad bosdur слободан слободна слободно слободен свабодны свабодна вольны чөлөөтэй бос
inapatikana wolnych rhydd saor hielu
"""

REGISTRATION = """
registro registo registrar registrarse enregistrement registrierung registrazione rejestracji rejestracja
registraci
регистрации kayit registratie registrering rekisterointi registration register registrer regisztracio registracija
registraciju registracije registracii registracijai registracijo registrovani registrimi registrim rejestracje
rekisteroitavaksi rekisteroitavissa registreerimiseks registreesimiseks registresanai registracie registraciu
zapis реєстрації реєстрацію регистрацию регистрация регистрација регистрацију рэгістрацыі бүртгэл бүртгүүлэх
тіркеу qeydiyyat royxatdan inregistrare inregistrarii inscripcion enregistrer skrasetingar skrasetingum
skrasetning skraningar registrazzjoni usajili להרשמה לרישום للتسجيل للحجز καταχωρηση καταχωριση регистриране
"""

KEPT = """
reservad* reserve reserves reservee reservees protege* protegid* reserviert* reservert* reserverad* riservat*
rezerv* zarezerwowan* зарезервирован*
gereserveerd bloquead* bloque bloquee gesperrt bloccat* zablokowan* zastrzezon* заблокирован* запрещен* prohibid*
interdit* proibid* verboten vietat* zabronion* yasak* geblokkeerd engellen*
rezervuot* rezervet* rezervuar fratekid frateki* reserveeritud fenntart* gereserveer* memesan dikhaskan dihalang
محجوز محجوزة שמור חסום δεσμευμεν* κατοχυρωμεν* резервир* забранен* забороне* зарезервован* zabranen* uzdraust*
tiltott keelatud kielletty forbjud* forbudt* utilgjengelig sperret sparrat sparrad blokert blokerad blokeret
blokiran* blokad* geweigerd ingehouden tersimpan
резервисан* блокиран* забрањен* забаронен* зарэзерваван* хориглосон хориотой qadagan sperrað stongdur стоплист
zabranjen* imehifadhiwa
blokovan*
"""

KEPT_AS_A_STATUS = """
reserved blocked withheld prohibited forbidden restricted blacklisted excluded premium unassignable banned
"""
"""English ones: in a sentence they may speak of rights, of clients, of use."""

HELD = """
frozen dispute* disput* litigation court arbitration escrow autorenew* renewed release transferring
active activ* actif* ativo ativa aktiv* attiv* aktywn* aktif активн* live assigned allocated delegated registered
taken used connected ok suspended suspens* expired expir* hold locked redemption quarantine grace pending pend*
awaiting
released deleted deactivated disabled verified published paid granted
liberacao liberacion liberazione liberation eliminacion eliminacao suppression cancellazione cancelacion loschung
geloscht removal removed releasing released
ochranne ochranna karenz karenzzeit sperrfrist gekundigt abgelaufen verlopen opgezegd geschorst zawieszon*
wygasl* vyprsel*
suspendu* suspendid* sospes* scadut* caducad* vencid* приостановлен* истек просрочен*
"""
"""Statuses that a name has only while somebody holds it."""

SERVICE = """
service* servis* servico* servicio* servizio* dienst* сервис* сервер* служб* usluga* hizmet* server* serveur*
servidor*
system* sistem* whois rdap base baza* databas* datenbank* databank* banco veritaban* база* базы tjanst* tjenest*
palvelu* sluzb*
sistema paslauga pakalpojums teenus sherbimi υπηρεσια الخدمة השירות layanan perkhidmatan usluga uslugata услуга
послуга послугу dịch bazadan databasen databaasi
backend upstream gateway frontend engine mirror
"""

DOWN = """
indisponib* indisponivel inaccessib* inacces* injoignable* inalcanzab* inatingiv* irraggiung* unavailable
offline niedostepn* недоступ* unerreichbar onbereikbaar nedostupn* kullanilam*
epavailable nepieejam* neprieinam* otillganglig* utilgjengelig* utilgaengelig* nedosegljiv* nerazpolozljiv*
"""

UP = """
disponib* disponivel verfugbar erreichbar beschikbaar dostepn* доступ* available
verfugung bereit tilgjengelig tillganglig tilgaengelig kaytettavissa elerheto kattesaadav pieejams prieinam*
dostupn* kullanima διαθεσιμη διαθεσιμο متاحة זמין tersedia
"""

LIMIT = """
limit* quota* kvot* cuota* cota kontingent* allowance* allotment* maxim* massim* maksim* лимит* квот* предел*
sinir*
kota* abfragelimit* anfragelimit* ograniczen* rate
granica kvoot* limiti kufiri οριο raja rajan piirang* riba ribas mak hatar korlat* plafond gränsen grense graense
grenze hochstzahl obergrenze limita omejit* ogranicenj* الحد מכסה batas ліміт* обмеження tavan ust
"""

REQUESTS = """
query queries pedido* request* lookup* connection* search* consulta* peticion* solicitud* solicitac* pesquisa*
requete* demande* interrogation* anfrage* abfrage* richiest* interrogazion* zapyta* запрос* обращени* sorgu* istek*
dotaz* pozadavk* verzoek* aanvra* lekerdez* cerer* foresp* kysel* forfragning* conexion* conexao conexoes
connexion* verbindung* conness* polaczen* соединен*
подключен* baglanti* verbinding*
sessions hits calls attempts lookups kerkesa kerkesave uzklaus* pieprasijum* paringu* parings* requetes pyynto*
kyselyj* sporgsm* foresporsler sporring* запит* заявк* αιτηματ* ερωτηματ* طلبات الطلبات استعلام* בקשות שאילתות
permintaan kueri
упит* захтев* барањ* запытан* хүсэлт spurning* fyrispurning* maombi
"""

EXCEEDED = """
exceed* surpass* reached hit exhausted depleted overrun exced* superad* supero superat* sobrepas* rebasad* alcanz*
agotad*
ating* esgotad* ultrapass* depass* attein* epuise* uberschritt* erreicht ausgeschopft raggiunt* oltrepass* esaurit*
przekrocz* wyczerpa* osiagni* превыш* исчерпа* достигнут* asildi asti astiniz doldu overschred* bereikt prekroc*
tullep* depasit* overskred* ylit* overskrid*
tejkaluar υπερβ* ylitetty ylittynyt overskredet uletatud virsyt* parsniegt* presezen* prekoracen* depassee
sobrepassat gainditu تجاوز* חריגה terlampaui melebihi vuot исчерпан* перевищен* надвишен* достигна* достиг* tullepte
predstiht dostig* doseg* dosaz* dosiahnut* pasiekt* sasniegt* nadd nadad elert saavutet* saavutat* ulasti
ulastiniz erreicht* хэтэрсэн асып преминат* надминат* прекорачен* imezidi
erschopft aufgebraucht verbraucht opgebruikt wyczerpany vycerpan* opbrugt slut oppbrukt kaytetty epuisee agotada
"""

TOO = """
trop zu demasiad* troppe troppi muitas muitos excesivo excesiva excesivas excessivas excessivos eccessiv* zbyt za
слишком cok te prilis tul prea liian
shume pārāk parak prevec previse liiga altfor alltfor premnogo занадто твърде прекалено πολλα πολυ yuxari terlalu
"""

MANY = """
many much often fast quick* frequent* high de viele haufig oft schnell много часто fazla sik veel vaak snel
wiele duzo
czest* eleve* eleva* alto altas alta hoch hohe mnoho casto sok gyakori mult* monta consultas peticiones
solicitudes richieste requetes pesquisas
shpesh manga mange ofte daudz daug daznai bieži biezi pogosto veliko puno cesto usein sageli palju багато banyak
sering πολλες συχνα fort snabbt
"""

ERROR = """
error erro errore erreur fehler serverfehler blad ошибка hata fout chyba fel feil fejl virhe
gabim ralat kesalahan klaida kluda viga napaka greska ошибки помилка грешка σφαλμα خطأ שגיאה villa errada
"""

INTERNAL = """
intern* внутренн* wewnetrzn* dahili sisteminde
"""

INVALID = """
invalid* invalide* ungultig* nieprawidlow* неверн* некоррект* gecersiz* ongeldig* neplatn* malform* erron* ogiltig*
ugyldig*
"""

MAINTENANCE = """
mantenimiento manutencao manutenzione wartung* maintenance konserwac* обслуживан* bakim* onderhoud udrzb*
"""

NOT_NAMES = """
transfer delete update renew hold rights right derechos droits direitos diritti rechte prawa права haklari rechten
"""
"""What else is prohibited or reserved: transfers (RFC 5731), rights."""

CLIENT = """
ip address* host adres* direccion* endereco* adresse* indirizzo access* acceso acesso acces zugriff доступ* erisim
"""

ENGLISH_NOT = """
no not never none nobody without cannot doesn isn wasn hasn neither nor lacks
nothing zero
"""

ENGLISH_TAKEN = """
registered exist exists existing existent match matches matched found taken owned owner registrant holder assigned
allocated delegated held claimed occupied recorded listed located known record records entry entries result results
registration registrations
"""

ENGLISH_FREE = """
unregistered unclaimed unowned unused unassigned unallocated unoccupied vacant grabs
untaken unreserved unheld ownerless
"""

ENGLISH_HELD = """
held registered taken owned occupied claimed delegated active expired suspended locked parked pending redemption
quarantine
quarantined hold assigned allocated
"""

ENGLISH_KEPT = """
reserved blocked prohibited restricted protected withheld forbidden banned excluded disallowed embargoed
unregistrable
unregisterable
"""

ENGLISH_SUBJECT = """
domain name domainname object
"""

ENGLISH_OF_SOMETHING_ELSE = """
domains names holders holder registrants owners users personal privacy consent shown displayed served listed within
right* term terms polic* information data accura* purpos* service* server* system* database* trademark*
copyright* law
laws email contact* access* user* notice* please visit note legal abuse registrar* whois rdap request* ip
address* client* connection* limit* only icann agreement* dispute* transfer* update* delete* renew* zone* tld*
can could
"""
"""An English sentence with one of these words is about something else than one name, or about several names."""

AUXILIARY = """
is are was were be been being has have had already currently now still yet ist sind war wurde wird worden est
sont etait
ete a ont e sono stato stata ha hat es esta fue sido ha foi ser sendo je jest jsou byl byla bylo bola bolo bil
bila bilo
zostala zostal zostalo som su on onko ole oli er ar har blev blitt blevet ir yra este sunt fost van volt este jo
eshte
is werd zijn inte είναι ειναι הוא هو adalah telah sudah the this that for in of to le la el il der die das o un
een et i
y und und and og och ja и та є е была был было уже же nom de do da di na w v pre pro para por pour fur zur vergeben
se masih encontra owner omanik puudub se nachazi si aktualnie aktualne momentan obecnie derzeit actualmente
actuellement attualmente tillgjengelig
"""
"""Words that may stand right before "registered" and "free" without reversing their meaning."""

ENGLISH_DOWN = """
rebuilt rebuilding restarting restarted upgraded upgrading migrating migrated reloading reloaded reindexing
overloaded
broken busy crashed unreachable stopped halted disabled closed retired stuck failing failed overwhelmed paused
"""
"""What is said of a service that cannot answer; where the service is not the subject, they say nothing of names."""

ENGLISH_THINGS = """
information info data record records entry entries match matches object objects result results registration details
registrant holder owner trace
"""

NONE = """
brak brakuje kein* aucun* ningun* nenhum* nessun* inga ingen intet inget zadn* zaden nijeden nijedan niciun*
nicio cap
geen ingenting jokio nevienas nikakv* nisyklt
"""
"""Negations of things: "there is no"."""

REGISTERING = """
registrad* registad* registrar registrarse enregistre* registriert* registrieren registrato registrata registrati
registrare zarejestrowan* зарегистр* регистрир* зареєстр* geregistreer* registreren registrov* zaregistrov*
registriran* registrer* registrera* inregistrat* rekisteroi* regisztral* registruot* registret* registrat
uzregistruoti registruojam* didaftar* pendaftaran dang καταχωρη* καταχωρι* zarejestrowac rejestrowac
registrirati registrirat registreerida kaydedil* tescil* зарэгістрав*
регистровати бүртгүүлэх skraset* skra registree registreeritav
"""

REGISTRIES = """
registru registro registo registre registri registar registern registrul rejestrze rejestru реестре регистре
реєстрі bazie base baza bazi base datenbank databas* databank databasen banco
"""

SHOWING = """
shown displayed public published disclosed provided available given released shared privacy permitted allowed
via over
through
"""
"""Beside these words, "no data" says that data are not shown, not that there are none."""

ACCESS = "authentication authorization authorisation login logon password credentials credential token apikey key"
REQUIRED = "required needed missing necessary mandatory failed expected"

CONDITIONAL = """
if when unless should may might shall must will would whether si wenn falls cuando lorsque jesli если eger als kan
kann konnen puede pueden pode podem peut peuvent moze moga может могут risk* kunnen ob
"""
"""Words of terms of use, which say what happens to clients that ask too often."""

FOR = "para per pour zur zum fur alla dla za для til for voor pro a"
"""Behind these, a word such as "registro" means registration as a purpose, and no record."""

CAN = """
apto apta apte adatto adatta idoneo idonea elegivel elegible eligible geeignet geschikt vhodn* egnet lamplig*
puede pueden podria puo pode poder podera peut peuvent kann kan voi voida saa saab saada mogoce moguce mozna mozno mozne
moznost* moze mogu може может можно можна могат можат можа poate posible possivel possible possibile moglich mogelijk
mulig mulige mulig* mojligt mahdollist* voimalik poguce phep dapat boleh lehet mpori μπορει δυνατη δυνατη
δυνατον lejohet
permes* permitid* permess* autoris* autorizad* erlaubt zulassig toegestaan tillat* tilladt tillaten sallit* lubatud
dozvoljen* dovoljen* povolen* dopuszcz* dozwolon* разрешен* допуск* подлежит підлягає подлежи leidziam* atlauts galima
mungkin bolehkah mumkun engedelyez*
"""
"""Words that say, negated and beside registration, that nobody can register the name."""

CANNOT = """
nelze nejde nevar nedrikst negali negalima nemoguce nemozno nemozne nemogoce niemozliw* niedozwolon* niedopuszczaln*
nepovolen* neleidziam* nedozvoljen* nedovoljen* impossib* unmoglich onmogelijk umulig* omojlig* mahdoton* voimatu
невозможн* неможлив* невъзможн* невозможн* недопустим* неразрешен* kaydedilemez edilemez alinamaz yapilamaz olunamaz
impossivel imposible imposibil adynat* αδυνατ* немагчым* mustahil mumkunsuz nuk-lejohet
"""
"""The same in one word."""

REGISTRABLE = """
registrierbar* enregistrable* registrable* registrab* registavel registaveis registravel registraveis regisztralhato
bejegyezheto bejegyezhetok rejestrowaln* registrovateln* registreerbaar registrerbar* rekisteroitaviss* registreeritav
inregistrabil* tescillenebilir
"""
"""What can be registered, in one word."""

POSSIBLE = """
galima mozna lze mozno moze peut puede pode puo kann kan voi saab можно можна може poate posible moglich mulig
mozne можа болно болады mumkun mumkundur lehet podeu
"""
"""Words that say, beside registering, that a free name can be registered."""

UNPARTED = {
    "available": """
        ไม่พบ|ไม่มีข้อมูล|ยังไม่ได้จดทะเบียน|ยังไม่มีการจดทะเบียน|ยังว่าง|ว่างอยู่|สามารถจดทะเบียนได้|नहीं मिल
        पंजीकृत नहीं
        រកមិនឃើញ|ບໍ່ພົບ|မတွေ့|未登録|見つかりませんでした|登録可能|尚未注册|尚未註冊|没有注册|沒有註冊|找不到
        無此|无此|無符合
        검색 결과가 없|등록 가능|찾을 수 없|등록되지 않|未被注册|未被註冊|未被登記|尚未登記|未登記|可供注册
        可供註冊|可注册|可註冊|可以註冊
        取得可能|空いています|登録がありません|登録はありません|存在しません|存在しない|查不到|没有该|沒有該
        없는 도메인|미등록
        មិនទាន់ចុះឈ្មោះ|မရှိပါ|ยังไม่ถูกจดทะเบียน|उपलब्ध है|নিবন্ধিত নয়|பதிவு செய்யப்படவில்லை""",
    "registered": """
        จดทะเบียนแล้ว|มีผู้จดทะเบียนแล้ว|登録済み|已被注册|已被註冊|已注册|已註冊|이미 등록|등록되어 있습니다""",
    "reserved": """
        สงวน|आरक्षित|予約ドメイン|予約されています|登録できません|登録不可|保留域名|保留名稱|保留名称|禁用域名
        已被保留|禁止注册|禁止註冊|不可注册|예약된
        등록할 수 없|등록이 제한""",
    "throttled": """
        มากเกินไป|เกินจำนวน|बहुत अधिक|回数を超え|アクセスが集中|次数过多|次數過多|频率过高|頻率過高|過於頻繁
        过于频繁|请求过多|請求過多|查询过多|請稍後再|请稍后再
        조회 제한|너무 많""",
    "unavailable": "ปิดปรับปรุง|ขัดข้อง|メンテナンス中|停止して|维护中|維護中|系统繁忙|系統忙碌|점검 중|일시적으로",
}
"""Phrases in scripts that do not separate their words: they count whatever stands around them."""
