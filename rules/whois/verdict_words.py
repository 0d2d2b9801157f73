"""The words of sentences and statuses that say what became of a name or a query, in the languages of registries.

Without diacritics, as ``characters.folded`` leaves them; a star stands for any ending.
"""

DOMAIN = """
domain* domein* domeen* dominio* domaine* nom nome nombre name names doman* domen domena domeny domene* domeniul
domann* домен* имя имени alan adi verkkotunnus* naam navn namn nev ten mien ονομα domini vard* nazev nazwa
"""

NOT = """
nao nunca ningun* nenhum* aucun* sin sem sans nie niet geen nicht kein* nessun* nem nu ne neni nije nema nav nera
nebyl* nebol* ikke inte ej ei eivat tidak belum chua khong не нет ни δεν degil* yok brak zadn* zadna ingen inga
inget
nincs* ningum без non pas edilmemis* bulunmam* onaylanmamis* no
"""

ABSENT = """
bulunamad* inexistant* inexistente* inesistent* introuvable* inconnu* unbekannt* desconocid* desconhecid*
отсутству*
nenalezen* neexistuj* neregistr* nezaregistr* nenajden* nieznan* niezarejestrowan* onbekend* nerasta
незарегистрирован* несуществу*
"""

TAKEN = """
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
"""

ALREADY = """
ja deja ya gia bereits schon juz уже вже vec uz zaten already reeds allerede redan jo mar
"""

THINGS = """
wpis wpisu wpisow resultad* registro* registo* dados datos resultat* enregistrement* donnees eintrag* daten treffer
ergebnis* oggett* risultat* dati obiekt* danych informacj* wynik* запис* данн* объект* информаци* результат* kayit*
sonuc* bilgi* gegevens resultaten domaines dominios domains liste lista zaznam* podatak* podataka podatki talalat*
rezultat* treff objeto* objet* informacion informacao informations
"""

FREE = """
доступен доступна доступно disponib* disponivel libre livre liber libero libera frei verfugbar vrij beschikbaar
wolna
wolny wolne dostepna dostepny dostepne volna volne volny prost prosta slobodan slobodna slobodno ledig ledigt vapaa
vaba szabad свободен свободна свободно свободное вільн* musait bosta bos tersedia brivs laisvas ελευθερ* διαθεσιμ*
"""

REGISTRATION = """
registro registo registrar registrarse enregistrement registrierung registrazione rejestracji rejestracja
registraci
регистрации kayit registratie registrering rekisterointi registration register registrer regisztracio registracija
"""

KEPT = """
reservad* reserve reservee reserviert* reservert* reserverad* riservat* rezerv* zarezerwowan* зарезервирован*
gereserveerd bloquead* bloque bloquee gesperrt bloccat* zablokowan* zastrzezon* заблокирован* запрещен* prohibid*
interdit* proibid* verboten vietat* zabronion* yasak* geblokkeerd engellen*
"""

KEPT_AS_A_STATUS = """
reserved blocked withheld prohibited forbidden restricted blacklisted excluded premium unassignable banned
"""
"""English ones: in a sentence they may speak of rights, of clients, of use."""

HELD = """
active activ* actif* ativo ativa aktiv* attiv* aktywn* aktif активн* live assigned allocated delegated registered
taken used connected ok suspended suspens* expired expir* hold locked redemption quarantine grace pending pend* awaiting
released deleted deactivated disabled verified published paid granted
"""
"""What only a name has that somebody holds, as a status."""

SERVICE = """
service* servis* servico* servicio* servizio* dienst* сервис* сервер* служб* usluga* hizmet* server* serveur* servidor*
system* sistem* whois rdap base baza* databas* datenbank* databank* banco veritaban* база* базы tjanst* tjenest*
palvelu* sluzb*
"""

DOWN = """
indisponib* indisponivel unavailable offline niedostepn* недоступ* unerreichbar onbereikbaar nedostupn* kullanilam*
"""

UP = """
disponib* disponivel verfugbar erreichbar beschikbaar dostepn* доступ* available
"""

LIMIT = """
limit* quota* kvot* cuota* cota kontingent* allowance* allotment* maxim* massim* maksim* лимит* квот* предел*
sinir*
kota* abfragelimit* anfragelimit* ograniczen* rate
"""

REQUESTS = """
query queries pedido* request* lookup* connection* search* consulta* peticion* solicitud* solicitac* pesquisa*
requete* demande* interrogation* anfrage* abfrage* richiest* interrogazion* zapyta* запрос* обращени* sorgu* istek*
dotaz* pozadavk* verzoek* aanvra* lekerdez* cerer* foresp* kysel* forfragning* conexion* conexao conexoes
connexion* verbindung* conness* polaczen* соединен*
подключен* baglanti* verbinding*
"""

EXCEEDED = """
exceed* surpass* reached hit exhausted depleted overrun exced* superad* supero superat* sobrepas* rebasad* alcanz*
agotad*
ating* esgotad* ultrapass* depass* attein* epuise* uberschritt* erreicht ausgeschopft raggiunt* oltrepass* esaurit*
przekrocz* wyczerpa* osiagni* превыш* исчерпа* достигнут* asildi asti astiniz doldu overschred* bereikt prekroc*
tullep* depasit* overskred* ylit* overskrid*
"""

TOO = """
trop zu demasiad* troppe troppi muitas muitos excesivo excesiva excesivas excessivas excessivos eccessiv* zbyt za
слишком cok te prilis tul prea liian
"""

MANY = """
many much often fast quick* frequent* high de viele haufig oft schnell много часто fazla sik veel vaak snel
wiele duzo
czest* eleve* eleva* alto altas alta hoch hohe mnoho casto sok gyakori mult* monta consultas peticiones
solicitudes richieste requetes pesquisas
"""

ERROR = """
error erro errore erreur fehler serverfehler blad ошибка hata fout chyba fel feil fejl virhe
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
"""

ENGLISH_TAKEN = """
registered exist exists existing existent match matches matched found taken owned owner registrant holder assigned
allocated delegated held claimed occupied recorded listed located known record records entry entries result results
registration registrations
"""

ENGLISH_FREE = """
unregistered unclaimed unowned unused unassigned unallocated unoccupied vacant grabs
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
"""In English anything may be said: where one of these stands a sentence is about something else, or about several."""

CONDITIONAL = """
if when unless should may might shall must will would whether si wenn falls cuando lorsque jesli если eger als kan
kann konnen puede pueden pode podem peut peuvent moze moga может могут risk* kunnen ob
"""
"""In terms of use, which speak of what happens to those who ask too often."""
