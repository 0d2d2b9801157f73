"""The words in which servers say why a mail did not arrive, in the languages of servers and of their users.

``rules/bounces/diagnosis.py`` weighs them against the codes.
"""

from collections.abc import Iterable
from typing import Final

from rules.bounces.patterns import Phrases

FULL: Final = Phrases(r"""
(?:mail ?box|inbox|account|mail ?store|mail ?folder|quota)(?: \S{1,30}){0,4}? (?:over)?full\b
mail(?:box)?full\b
over ?quota\b|\bover (?:\S{1,20} ){0,2}quota|out of (?:\S{1,20} ){0,2}quota|overquota
(?:exceed\w*|reached|above|beyond)(?: \S{1,20}){0,4}? (?:quota|storage|mailbox (?:size )?limit)
quota(?: \S{1,20}){0,4}? (?:exceeded|reached|violation|full|limit)
(?:mail ?box|inbox)(?: \S{1,20}){0,4}? (?:exceed\w*|size limit|too large|limit)
(?:insufficient|not enough|no|out of)(?: \S{1,20}){0,2}? (?:space|storage|room)\b(?! on (?:the )?(?:server|system))
exceeded (?:its |their |the )?(?:storage|disk|allocat)
user is over|recipient storage full|storage (?:allocation|limit)
postfach|mailbox|posteingang ~ voll|uberfullt|erschopft|uberlaufen|ausgeschopft
(?:kontingent|quota|speicherplatz|speichergrenze)(?: \S{1,30}){0,5}? (?:uberschritten|erschopft|ausgeschopft|belegt)
kein(?:en)? speicherplatz|nicht genugend speicher
boite|messagerie|bal ~ pleine?|saturee?
quota (?:\S{1,20} ){0,3}depasse
buzon|bandeja|cuenta ~ llen[oa]
(?:cuota|espacio)(?: \S{1,20}){0,4}? (?:excedid|superad|agotad)
casella|cassetta ~ piena
spazio(?: \S{1,20}){0,4}? esaurito|quota (?:\S{1,20} ){0,3}superata
mailbox|postvak|brievenbus|postbus ~ vol
quotum
skrzynka|skrzynki ~ pelna|przepelniona|zapelniona
przekroczon\w* (?:\S{1,20} ){0,3}(?:limit|pojemn)
caixa|conta ~ chei[ao]|lotad[ao]
(?:cota|quota)(?: \S{1,20}){0,4}? (?:excedid|ultrapassad|esgotad)
(?:brevladan|inkorgen|postkassen|postkasse|innboksen|postboksen|mailboxen)(?: \S{1,20}){0,4}? (?:full|fuld)\b
postilaatikko(?: \S{1,20}){0,4}? taynna|posta kutusu(?: \S{1,20}){0,4}? dolu|kota\w* (?:\S{1,20} ){0,2}as
schranka(?: \S{1,20}){0,4}? (?:plna|preplnena)|postafiok(?: \S{1,20}){0,4}? megtelt|ящик(?: \S{1,20}){0,4}? переполнен
превышен\w* (?:\S{1,20} ){0,3}квот|квота(?: \S{1,20}){0,3}? превышена|переполнен
いっぱい|容量(?:を|が|超|不足|制限)|已满|已滿|空间不足|空間不足|超出(?:配额|限额)|가득|용량(?:을|이)? ?초과
""")

SENDER: Final = Phrases(r"""
sender(?: address| domain|'s address|'s domain)?(?: \S{1,60}){0,3}? (?:rejected|denied)
sender(?: address| domain|'s address|'s domain)?(?: \S{1,60}){0,3}? (?:blocked|refused|not (?:allowed|permitted))
(?:sender|callback|callout) (?:address )?(?:verif\w+) (?:\S{1,20} ){0,2}(?:failed|failure)
(?:mail|messages?) from(?: \S{1,60}){1,4}? (?:rejected|denied|blocked|refused|not (?:accepted|allowed))
""")
"""Refusals of the sender, not of the recipient."""

UNKNOWN: Final = Phrases(r"""
\bTHINGs?GAP?(?:is |was |are )?(?:unknown|not known|not found|invalid|nonexistent|non-existent|not listed)
\bTHINGs?GAP?(?:is |was |are )?(?:not recogni[sz]ed|not valid|not exists?|no longer (?:exists?|valid))
\bTHINGs?GAP?(?:is |was |are )?(?:(?:does|do|did) ?(?:not|n't) exist|doesn.?t exist)
\bTHINGs?GAP?(?:is |was |are )?(?:don.?t exist)
\bTHINGs?GAP?(?:is |was |are )?(?:(?:was|were|could|can)(?: ?not|n.?t)(?: be)? (?:found|located|verified))
\b(?:unknown|no such|invalid|nonexistent|non-existent|unrecogni[sz]ed|undeliverable)(?: [a-z-]{1,15}){0,2}? THING
\bno (?:mail ?box|user|account|recipient|such person)s?(?: here)?(?: by| with| of| for) (?:that|this|the)
\bno THING here\b|\bno such (?:user|recipient|mailbox|address|account|person|name)
(?:does ?n.?t|does not|do not|don.?t) have an? (?:\S{1,40} )?(?:account|mailbox)
not a (?:valid|known|real|local|legal) THING|bad destination mailbox|not our customer|\buser unknown\b
not listed in|not in (?:the )?(?:\S{1,20} )?directory|resolver\.adr\.\w*notfound|recipnotfound|recipientnotfound
(?:mailbox|address) unavailable(?! temporarily)|address rejected: (?:access denied|user|undeliverable|no such|unknown)
unknown local[- ]part|unknown or (?:illegal|invalid) (?:alias|user|address)|undeliverable address|addresses? not found
empfanger\w*|benutzer\w*|postfach|adresse|e-mail-adresse ~ unbekannt
mailadresse|mailbox|konto|e-mail-konto|e-mail-adressat ~ unbekannt
empfanger\w*|benutzer\w*|postfach|adresse|e-mail-adresse ~ (?:existiert|existieren)(?: \S{1,15}){0,2}? nicht
mailadresse|mailbox|konto|e-mail-konto|e-mail-adressat ~ (?:existiert|existieren)(?: \S{1,15}){0,2}? nicht
empfanger\w*|benutzer\w*|postfach|adresse|e-mail-adresse ~ nicht (?:gefunden|existiert|bekannt|vorhanden|existent)
mailadresse|mailbox|konto|e-mail-konto|e-mail-adressat ~ nicht (?:gefunden|existiert|bekannt|vorhanden|existent)
empfanger\w*|benutzer\w*|postfach|adresse|e-mail-adresse ~ ungultig
mailadresse|mailbox|konto|e-mail-konto|e-mail-adressat ~ ungultig
unbekannte[rn]? (?:empfanger|benutzer|adresse)|existiert (?:\S{1,15} ){0,2}nicht
kein(?:e|en)? (?:solche[rns]? )?(?:benutzer|empfanger|postfach)
nicht vorhanden|konnte nicht gefunden werden|wurde nicht gefunden
adresse|utilisateur|destinataire|boite|compte|usager ~ inconnue?|introuvable
adresse|utilisateur|destinataire|boite|compte|usager ~ n.existe (?:pas|plus)|invalide|inexistante?
n.existe (?:pas|plus)|n.a pas (?:ete|pu etre) trouvee?|destinataire inconnu|utilisateur inconnu|introuvable
usuario|destinatario|buzon|direccion|cuenta ~ desconocid[oa]|no existe|no encontrad[oa]|invalid[oa]|inexistente
no se (?:ha |pudo )?encontr\w+|no existe|(?:usuario|destinatario) desconocido|no (?:ha sido|fue) encontrad
utente|destinatario|casella|indirizzo|account ~ sconosciut[oa]
utente|destinatario|casella|indirizzo|account ~ inesistente|non (?:esiste|trovat[oa]|valid[oa]|e stat[oa] trovat[oa])
non (?:esiste|trovat[oa])|utente sconosciuto|impossibile trovare|inesistente
gebruiker|ontvanger|adres|e-mailadres|mailbox|postvak|postbus ~ onbekend|bestaat niet
gebruiker|ontvanger|adres|e-mailadres|mailbox|postvak|postbus ~ niet (?:gevonden|bekend)|ongeldig
onbekende (?:gebruiker|ontvanger)|bestaat niet|is niet gevonden|kan niet worden gevonden|niet gevonden
uzytkownik|odbiorca|adres|skrzynka|konto|adresat ~ nieznany|nie istnieje|nie (?:zostal[ao]? )?znalezion
nie istnieje|nieznany (?:uzytkownik|odbiorca|adres)|nie znaleziono|nie mozna odnalezc|nie zosta\w* znalezion
usuario|utilizador|destinatario|caixa|endereco|conta ~ desconhecid[oa]|nao existe
usuario|utilizador|destinatario|caixa|endereco|conta ~ inexistente
usuario|utilizador|destinatario|caixa|endereco|conta ~ invalid[oa]|nao (?:foi )?(?:encontrad[oa]|localizad[oa])
nao existe|nao (?:foi |pode ser )?(?:possivel )?(?:encontrad|encontrar|localizad)|inexistente
(?:anvandaren?|mottagaren?|adressen|brevladan)(?: \S{1,20}){0,4}? (?:okand|finns (?:\S{1,10} )?(?:inte|ej))
(?:anvandaren?|mottagaren?|adressen|brevladan)(?: \S{1,20}){0,4}? (?:hittades inte|saknas|kunde inte hittas)
okand (?:anvandare|mottagare)|kunde inte hittas|finns inte|ukendt (?:bruger|modtager)|ukjent (?:bruker|mottaker)
(?:findes|finnes|eksisterer) ikke|ble ikke funnet|blev ikke fundet|kunne ikke (?:findes|finnes)
tuntematon|ei ole olemassa|ei loydy|ei loytynyt|bulunamadi|mevcut degil|gecersiz (?:alici|adres)
bilinmeyen (?:kullanici|alici)
(?:uzivatel|prijemce|adresa|schranka)(?: \S{1,20}){0,5}? (?:neznam|neexistuje|nenalezen|nebyl\w* nalezen)|neexistuje
nem letezik|nem talalhato|ismeretlen (?:felhasznalo|cimzett)|nu exista
(?:пользовател|получател|адрес|ящик|учетн)\w*(?: \S{1,30}){0,6}? (?:не существует|не найден|неизвест|отсутствует)
не существует|несуществующ|не найден|неизвестный (?:пользователь|получатель)|не вдалося знайти|не існує
存在しま(?:せん|す?ん)|存在しない|見つかりません|見つからない|宛先(?:が|は)?不明|ユーザーが不明
不存在|找不到|未找到|查无此|查無此|無此(?:用戶|帳號)|无此(?:用户|帐号|账号)|존재하지 않
찾을 수 없
αγνωστοσ|δεν υπαρχει|δεν βρεθηκε|غير موجود|לא קיים|לא נמצא
""")

DISABLED: Final = Phrases(r"""
(?:account|mail ?box|user|address|recipient)(?: \S{1,60}){0,5}? (?:disabled|deactivated)
(?:account|mail ?box|user|address|recipient)(?: \S{1,60}){0,5}? (?:suspended|inactive|discontinued)
(?:account|mail ?box|user|address|recipient)(?: \S{1,60}){0,5}? (?:closed|terminated|locked)
(?:account|mail ?box|user|address|recipient)(?: \S{1,60}){0,5}? (?:expired)
(?:account|mail ?box|user|address|recipient)(?: \S{1,60}){0,5}? (?:blocked by the administrator)
(?:account|mail ?box|user|address|recipient)(?: \S{1,60}){0,5}? (?:no longer (?:active|in use))
(?:account|mail ?box|user|address|recipient)(?: \S{1,60}){0,5}? (?:no longer (?:available|accept\w+|monitored))
(?:inactive|disabled|suspended|deactivated|closed) (?:user|mailbox|account|recipient|address)
not accepting (?:any )?(?:e-?mail|messages)|account that you tried to reach is (?:disabled|inactive)|mailbox disabled
(?:konto|postfach)(?: \S{1,30}){0,4}? (?:deaktiviert|gesperrt|geschlossen|stillgelegt)
(?:compte|boite)(?: \S{1,30}){0,4}? (?:desactivee?|suspendue?|fermee?|bloquee?)
(?:cuenta|buzon)(?: \S{1,30}){0,4}? (?:deshabilitad|desactivad|suspendid|inactiv|bloquead)
(?:account|casella)(?: \S{1,30}){0,4}? (?:disabilitat|disattivat|sospes|inattiv)
(?:conta|caixa)(?: \S{1,30}){0,4}? (?:desativad|suspens|inativ|bloquead)
konto(?: \S{1,30}){0,4}? (?:zablokowan|nieaktywn|wylaczon|zawieszon)|ящик(?: \S{1,30}){0,4}? (?:заблокирован|отключен)
suppress(?:ed|ion)|アカウントは(?:無効|停止)|已停用|被停用|已禁用|已冻结
""")

NO_DOMAIN: Final = Phrases(r"""
(?:\bhost\b|\bdomain(?: name)?\b|\bhostname\b)(?: [^\s;:]{0,79}[^\s;:.]){0,4}? (?:not found|unknown|unresolv\w+)
(?:\bhost\b)(?: [^\s;:]{0,79}[^\s;:.]){0,4}? (?:(?:does|could|can)(?: ?not|n.?t) (?:exist))
(?:\bdomain(?: name)?\b|\bhostname\b)(?: [^\s;:]{0,79}[^\s;:.]){0,4}? (?:(?:does|could|can)(?: ?not|n.?t) (?:exist))
(?:\bhost\b)(?: [^\s;:]{0,79}[^\s;:.]){0,4}? (?:(?:does|could|can)(?: ?not|n.?t) (?:be (?:found|resolved|located)))
(?:\bhost\b)(?: [^\s;:]{0,79}[^\s;:.]){0,4}? (?:(?:does|could|can)(?: ?not|n.?t) (?:resolve))
(?:\bdomain(?: name)?\b)(?: [^\s;:]{0,79}[^\s;:.]){0,4}? (?:(?:does|could|can)(?: ?not|n.?t) (?:be (?:found)))
(?:\bdomain(?: name)?\b)(?: [^\s;:]{0,79}[^\s;:.]){0,4}? (?:(?:does|could|can)(?: ?not|n.?t) (?:be (?:resolved)))
(?:\bdomain(?: name)?\b)(?: [^\s;:]{0,79}[^\s;:.]){0,4}? (?:(?:does|could|can)(?: ?not|n.?t) (?:be (?:located)))
(?:\bhostname\b)(?: [^\s;:]{0,79}[^\s;:.]){0,4}? (?:(?:does|could|can)(?: ?not|n.?t) (?:be (?:found)))
(?:\bhostname\b)(?: [^\s;:]{0,79}[^\s;:.]){0,4}? (?:(?:does|could|can)(?: ?not|n.?t) (?:be (?:resolved|located)))
(?:\bdomain(?: name)?\b|\bhostname\b)(?: [^\s;:]{0,79}[^\s;:.]){0,4}? (?:(?:does|could|can)(?: ?not|n.?t) (?:resolve))
(?:\bhost\b|\bdomain(?: name)?\b|\bhostname\b)(?: [^\s;:]{0,79}[^\s;:.]){0,4}? (?:doesn.?t exist|invalid)
(?:unknown|no such|invalid|unresolvable|nonexistent|non-existent) (?:mail )?(?:host|domain)|nxdomain|unrouteable
unroutable
(?:couldn.?t|could not|can.?t|cannot) (?:find|resolve) (?:any |the )?(?:host|domain|mail exchanger|mx)
no (?:valid |usable )?(?:mx|mail exchanger|dns) (?:record|host|entr|information)|name or service not known
name service error|does not accept mail|nullmx|null mx
all relevant mx records point to non-existent|all host address lookups failed|bad destination system
domain isn.?t in my list
domain nicht (?:gefunden|bekannt)|unbekannte domain
domane (?:\S{1,20} ){0,4}(?:nicht gefunden|unbekannt|existiert nicht)
domaine (?:\S{1,20} ){0,4}(?:inconnu|introuvable|n.existe)
dominio (?:\S{1,20} ){0,4}(?:no existe|desconocido|inesistente|non esiste|nao existe|inexistente|sconosciuto)
domein (?:\S{1,20} ){0,4}(?:onbekend|bestaat niet|niet gevonden)|domena (?:\S{1,20} ){0,4}nie istnieje
домен(?: \S{1,20}){0,4}? не (?:найден|существует)|域名(?:不存在|错误)|ドメイン(?:が|は)(?:存在|見つか)
""")

POLICY: Final = Phrases(r"""
\bspam|unsolicited|\bbulk mail|\bjunk\b|phish|\bvirus|malware|infected|black ?list|block ?list|deny ?list|\bdnsbl
\brbl\b|spamhaus|spamcop|sorbs|barracuda|reputation|\bip=[\[\d]|in reply to (?:initial )?(?:server )?greeting
\bdmarc|\bdkim|\bspf\b|unauthenticated|authentication (?:is )?(?:required|failed|checks)|reverse dns|\brdns|\bptr\b
\bhelo\b|\bstarttls\b|requires? tls|encryption (?:is )?required
polic(?:y|ies)|prohibited|forbidden|not (?:authori[sz]ed|permitted|allowed)
relay(?:ing)? (?:is )?(?:access )?(?:denied|prohibited|not)|unable to relay|not relay|access denied|permission denied
(?:message|mail|e-?mail|content)(?: \S{1,60}){0,4}? (?:blocked|rejected|refused|denied)
(?:attachment|connection|ip|client|host)(?: \S{1,60}){0,4}? (?:blocked|rejected|refused|denied)
(?:message|mail|e-?mail|content)(?: \S{1,60}){0,4}? (?:banned|quarantined|discarded|filtered)
(?:attachment|connection|ip|client|host)(?: \S{1,60}){0,4}? (?:banned|quarantined|discarded|filtered)
(?:blocked|rejected|refused|denied|banned|discarded|filtered) (?:by|due|because|for|as)
content (?:filter|restriction|reject)|\bblocked\b|complaints?\b
(?:message|mail|e-?mail)s?(?: \S{1,40}){0,6}? (?:too (?:large|big|long)|exceed\w*|size limit)
(?:content|data|attachment|header)s?(?: \S{1,40}){0,6}? (?:too (?:large|big|long)|exceed\w*|size limit)
too (?:large|big)|(?:message|size|fixed maximum message) (?:size|limit)|maximum (?:message )?size
only (?:accepts?|receives?) (?:mail|messages|e-?mail)|restrict|bare (?:cr|lf|linefeed)|non-?ascii|rfc ?5322
duplicate header|missing (?:from|date|message-id)|8bit
richtlinie|abgelehnt|blockiert|verweigert|zu gross|nicht (?:berechtigt|zugelassen|erlaubt)
grosse(?: \S{1,20}){0,4}? uberschr|unerwunscht
indesirable|bloque|refusee?\b|politique|non autoris|trop (?:volumineux|grand|gros|lourd)
taille(?: \S{1,20}){0,5}? (?:depasse|maximale)
politica|rechazad|bloquead|no (?:esta )?(?:autorizad|permitid)|demasiado grande
tamano(?: \S{1,20}){0,5}? (?:excede|supera|maximo)|no deseado|rifiutat|respint[oa]|bloccat
non (?:autorizzat|consentit)|troppo grande|indesiderat
geweigerd|geblokkeerd|beleid|te groot|niet toegestaan|ongewenst|odrzucon|zablokowan|polityk|zbyt duz|niedozwol
rejeitad|recusad|nao (?:autorizad|permitid)|muito grande|indesejad|excede o tamanho
avvisad|avvist|blockerad|for stor[at]?\b|nekad|отклонен|заблокирован|спам|слишком больш|политик
запрещен|拒否|拒绝|拒絕|被拒
垃圾邮件|垃圾郵件|迷惑メール|スパム|스팸|거부|odmitnut|elutasit
""")

LATER: Final = Phrases(r"""
temporar|transient|deferred|deferral|(?<!and )try(?:ing)? again|again later|later\b|gr[ae]y-?list|delay|timed? ?out
timeout|connection (?:refused|reset|lost|closed|dropped)|(?:still|will be|being) retr|retry|retri(?:ed|es)|too many
rate.?limit|\brate\b|resources|not responding|did ?n.t respond|unreachable|no route
service (?:is )?(?:currently )?(?:unavailable|not available)|busy|in the queue|queue(?:d)? (?:too long|expired)
expired|in time|giv(?:en|ing) up|overload|throttl|insufficient system|four-?two-?one|lookup failed|maintenance
verzogert|spater|vorubergehend|zeituberschreitung|zeitlimit|ausgelastet|nicht erreichbar|retarde|differe|temporaire
ulterieurement|plus tard|delai|injoignable|retras|aplazad|temporal|mas tarde|demorad|ritard|temporane|piu tardi
differit|scaduto
vertraagd|tijdelijk|later opnieuw|uitgesteld|time-?out|opozni|tymczasow|pozniej|atras|temporari|mais tarde|adiad
expirou|fordroj|tillfallig|senare|forsinke|midlertidig|senere|viivast|tilapai|gecik|gecici|zpozd|docasn|pozdeji|kesik
atmeneti|kesobb|задерж|временн|отложен|позже|истекло|遅延|遅れ|一時的|後ほど|タイムアウト|延迟|延遲|暂时|暫時|稍后|稍後|超时|逾時|지연|일시적
""")

WARNING: Final = Phrases(r"""
warning (?:message )?only|do not need to resend|not? need to (?:send|resend|do anything)|no action is required
has not yet been delivered|(?:have|has) not been delivered yet|not yet (?:been )?delivered
delivery attempts will continue
will (?:continue|keep|be)(?: \S{1,15}){0,3}? (?:try|trying|retri\w+|attempt\w*|re-?attempt\w*)
still (?:trying|being retried)|will (?:re)?try|delivery (?:status notification )?\(?(?:is |has been )?delayed
delivery incomplete|delayed \d+|could not send message for past|will try again|in der warteschlange|weiterhin versuch
wird (?:weiter|erneut)|zustellung (?:\S{1,20} ){0,4}verzogert|est retardee?|nouvelle tentative|reessay
se seguira intentando|se ha retrasado|seguira intent|verra ritentat|continuera a|wordt opnieuw|blijft proberen
vertraagd|bedzie ponawi|kolejne proby|continuara tentando|novas tentativas|fortsatter att forsoka
будут (?:продолжен|предприн)|повторн\w* попыт|再送|再試行|将继续尝试|将重试|將重試
""")
"""Words that say that a server still tries."""

NOTICE: Final = Phrases(r"""
undeliver|undelivr
delivery (?:has )?(?:status notification|fail|problem|error|report|delay|incomplete|notification|status|warning)
(?:mail|message|e-?mail|delivery)(?: \S{1,30}){0,3}? (?:failed|failure|failing|could not be|cannot be)
(?:mail|message|e-?mail|delivery)(?: \S{1,30}){0,3}? (?:not delivered|returned|bounced|undeliver\w*|delayed)
return(?:ed|ing) (?:mail|message|to sender|e-?mail)|failure notice|mail system error|nondeliver|non-?deliver
bounced? (?:mail|message|e-?mail)|warning: (?:could not|message)|delayed mail|mail status report|rejected:
automatically rejected|not delivered|wasn.t delivered|unable to deliver
unzustellbar|nicht zugestellt|zustellung|zustellfehler|nicht zustellbar|nichtzustell|fehler bei der|mailzustell
non remis|non distribu|echec (?:de|d)|non delivre|notification (?:d.etat|d.echec)|remise (?:differee|retardee)
no se (?:puede|pudo|ha podido) entregar|no entregad|error (?:de|en la) (?:entrega|envio)|fallo (?:de|en la) entrega
devuelto|notificacion (?:de|del) estado|entrega (?:fallida|retrasada)
mancata consegna|non recapit|non (?:e stato )?(?:possibile )?(?:consegna|recapit)
impossibile (?:consegnare|recapitare)|errore (?:di|nella) (?:consegna|recapito)|mancato recapito|onbestelbaar
niet (?:bezorgd|afgeleverd)|bezorging|aflevering|kan niet worden bezorgd|niedostarcz
nie (?:dostarczon|zostala? dostarczon|mozna dostarczyc)|zwrot
nao (?:entregue|foi (?:possivel )?entreg|pode ser entreg)|falha (?:na|de) entrega|devolvid|status de entrega
entrega (?:\S{1,20} )?(?:falhou|atrasad)
kunde inte levereras|gick inte att leverera|ej levererat|olevererat|kan ikke leveres|kunne ikke leveres|ikke leveret
ikke levert|uleverbar|toimittaminen|toimitus|ei voitu toimittaa|teslim edilemedi|iletilemedi|teslimat|nedoruc
nelze dorucit|kezbesit|не доставлен|недоставлен|невозможно доставить|не удалось доставить|не може бути доставлен
возвращен|配信(?:不能|不可|エラー|できません|に失敗)|配信状況|送信(?:できません|エラー|失敗)|エラーメール|退信|退件
无法(?:投递|送达|传递)|無法(?:投遞|傳遞|送達)|未送达|投递失败|系统退信
전송 ?실패|배달 ?(?:실패|못)|반송|μη παραδοτεο|αποτυχια παραδοσης|nepristigo|netinkam|nu a putut fi livrat
""")
"""Subjects under which servers return mails."""

DAEMON: Final = Phrases(r"""
mailer[-_. ]?daemon|mail[-_. ]?daemon|\bpostmaster\b|\bmdaemon|microsoftexchange[0-9a-f]{8}|mail[-_. ]?delivery
mail[-_. ]?system|mailsystem|delivery[-_. ]?(?:subsystem|system|service|status|agent|failure)|mail administrat
system ?administrat|systemadministr|^\"?mailer\b|mail (?:transfer|transport|router|server|gateway)|administrateur
administrador del? sistema|amministratore|systeembeheer|bounce[-_.]?(?:handler|processor|daemon)|mail-noreply
mailerdaemon|internet mail|\bmaildeliv|почтов|メール配信|邮件(?:系统|投递)|系统管理员|郵件系統
""")
"""How servers name themselves where a person's name would stand."""


def find(words: Iterable[tuple[str, Phrases]], text: str) -> str | None:
    """Return the name of the first pattern that finds something in a folded text."""
    return next((name for name, pattern in words if pattern.search(text)), None)
