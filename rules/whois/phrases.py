"""What servers say of a name or a query, in many words: one pattern a line, for one folded line of an answer each.

A folded line has lower-case words without diacritics, one blank between them, and no signs. Every pattern begins where
the line does. ``<...>`` stands for the parts below. No pattern repeats what could match in two ways, so that each takes
time in proportion to a line.
"""

import re

PARTS = {
    "<subject>": (
        r"(?:(?:error|warning|info|note|result|message|whois|the|this|that|requested|queried|your|query|object|domain"
        r"|domains|name|names|record|sorry|unfortunately|entry|dominio|nombre|de|el|nom|le|domaine|registry|in|tld|key"
        r"|s|string|matching|specified|for|or|request|lookup|search|status|state|you|entered|searched|d?ie|der|das"
        r"|sld|but|des|do|o|la|il|domena|domeny|domeniul|domene|dominios|alan|adi) |\d+ )*"
    ),
    "<be>": r"(?:is |are |was |were |has |have |been |be |does |do |did |could |can |currently |still )*",
    "<things>": (
        r"(?:match(?:es)?|matching|data|records?|entry|entries|entires|objects?|information|info|results?|domains?|such"
        r"|existing|whois|any|details|found|registrations?(?! status))"
    ),
    "<limits>": r"(?:limit|quota|rate|queries|allowance|allotment|number of|requests|connections)",
    "<being>": r"(?:is |was |has been |have been |are |been |temporarily |currently |now )",
    "<yes>": r"(?:yes|true|si|sim|oui|ja|tak|да|evet|1)",
    "<no>": r"(?:no|false|non|nao|nein|nie|нет|hayir|0)",
    "<zones>": r"(?:c?c?tlds?|top level domains?|zones?|extensions?|suffix(?:es)?)",
    "<wrong>": (
        r"(?:malformed|illegal|unsupported|invalid|bad|incorrect|wrong|improper|unknown|unrecogni[sz]ed|missing|empty"
        r"|incomplete)"
    ),
    "<queries>": (
        r"(?:requests?|quer(?:y|ies)|commands?|syntax|formats?|options?|flags?|parameters?|arguments?|inputs?|keywords?"
        r"|protocols?|encodings?|search(?:es)?|types?)"
    ),
    "<service>": (
        r"(?:(?:error|sorry|note|notice|this|the|our|s|port|43|whois|rdap|registry|\d+) )*"
        r"(?:whois|service|server|host|system|we)\b"
    ),
    "<servers>": r"(?:server|service|host|system)",
    "<serve>": r"(?:serve|handle|support|answer|accept|host|carry|cover|know)",
    "<served>": (
        r"(?:served|handled|provided|offered|supported|answered|accepted|hosted|available|found|known|recogni[sz]ed"
        r"|configured|managed|maintained|operated|administered)"
    ),
    "<again>": (
        r"(?:retry|try again|wait|warten|espere|espera|aguarde|attendez|patientez|reessayez|riprova|attendere|poczekaj"
        r"|odczekaj|bekleyin|подождите|повторите|wacht|pockejte)"
    ),
    "<work>": (
        r"(?:parse|understand|connect|contact|process|complete|query|reach|open|read|access|load|retrieve|fetch|get|obtain"
        r"|look ?up|return|provide|display|determine|verify|resolve|execute|perform|handle|answer|search)\b"
    ),
    "<web_forms>": r"(?:whois|lookup|search|interface|service|form)",
    "<in_a_list>": r"(?:on|in|part of|included (?:in|on)|contained (?:in|on)|listed (?:in|on)) ",
    "<listed>": r"(?:reserved|blocked|prohibited|forbidden|restricted|banned|excluded|protected|unavailable)",
    "<kept>": r"(?:prohibited|blocked|restricted|reserved|forbidden|disallowed|not (?:allowed|permitted|possible))",
    "<units>": (
        r"(?:s|sec|sek|min|hours?|seg|stunde|minut|second|sekund|segund|heure|hora|ore|godzin|dakika|saniye|saat|час|сек"
        r"|мин|uur|hodin)"
    ),
    "<callers>": r"(?:access|ip|address|client|host|requests?|query|queries|lookups|connections?|network|you)",
    "<machine>": r"(?:ip address|ip|host|address|client|network)",
    "<gone>": r"(?:gone|used|spent|consumed|exhausted|over|empty|finished|zero|0)",
    "<unparted>": "(?![ -~]*$)",  # for lines that are not all of ASCII: in these scripts a word may begin anywhere
    "<shut>": r"(?:denied|blocked|blacklisted|banned|refused|throttled|suspended|restricted(?:$| temporarily| due))",
}

AVAILABLE = r"""
<be>up for registration\b
<be>(?:has |have |with )?no (?:entry|entries|record|records) here$
(?:record |result |match )?count (?:0|zero)$
(?:found )?<things> (?:found )?(?:none|nil|null|zero|0)$
(?:no|0) (?:\w+ )?<things>\b(?! (?:be|may|can|shall|will|provided)\b)
nothing (?:found|match(?:ed|es|ing)|on file|to show|known)\b
nothing$
<be>not? (?:yet )?(?:be )?(?:been )?(?:found|exist(?:s|ing)?\b|registered\b|known|match|present)
<be>not? (?:yet )?(?:be )?(?:been )?(?:assigned|delegated|allocated)
<be>not? (?:be )?(?:been )?(?:in|on) (?:the |our )?(?:\w+ )?(?:database|registry|register|records|files)\b
<be>not? (?:be )?(?:been )?available in (?:our |the )?(?:whois|registry|data)
<be>not? (?:be )?(?:been )?(?:located|traced|recorded)\b
<be>unknown (?:to|in|by) (?:the |this |our )?(?:registry|database|server|whois|system)
<be>(?:not yet|never)(?: been)? registered
<be>not? (?:a |yet )(?:registered|delegated|assigned|known)
(?:doesn t|didn t) (?:exist|match)
(?:isn t|wasn t) (?:registered|found)
<be>(?:unregistered|unallocated|unassigned|vacant)\b(?! (?:users|names|domains)\b).{0,40}$
nothing (?:is )?known\b
no registrant$
(?:nobody|no one) (?:has |holds |owns )
<be>not (?:in use|used|taken|occupied|claimed|owned)\b
(?:we )?(?:have|hold) no (?:record|entry|information|data)
unable to (?:find|locate)\b
<be>(?:available|free) <yes>$
<be>(?:registered|taken|delegated|exists?|in use) <no>$
(?:unknown|no such) (?:domain|name|object)\b.{0,40}$
<be>(?:free|available|unregistered)(?: (?:for|to) (?:registration|register|purchase|be registered).*| now.*)?$
.{0,40}\breturned (?:0|no) (?:objects?|results?|records?|entries|data)
(?:we )?(?:could|can|did|do) ?(?:not|n t) (?:find|locate)\b
not find
we (?:do not|don t) have an entry
there (?:is|are|was|were) no (?:such )?(?:\w+ )?(?:name|information|entr(?:y|ies)|records?)
there (?:is|are|was|were) no (?:such )?(?:\w+ )?(?:match(?:es)?|domain|data|registration)
(?:you )?(?:may|can) (?:now )?(?:be registered|register (?:it|this domain|this name|now\b))
invalid query or
.{0,80}is (?:available|free) (?:for|to)\b
(?:.{0,60}\b(?:domain|name) .{0,60}\bis |this is )(?:still )?(?:available|free)$
<unparted>.{0,40}등록되어 있지
<unparted>.{0,30}(?:該当する|見つかりません|登録されていません)
<unparted>.{0,30}(?:没有找到|未找到|未注册|未註冊|不存在|可以注册|查無)
<unparted>.{0,30}(?:غير مسجل|לא נמצא)
match(?:es|ed)? nothing\b
"""
"""Behind <subject>: nobody has the name."""

AVAILABLE_WITHIN = r"""
domain (?:name )?unknown$
not (?:been )?(?:found|registered)$
(?:does not|doesn t) exist
(?:no|0|zero) (?:match(?:es)?|entries|records?|data|domains?|results?|objects?)(?: were| was)? found$
does not (?:appear|occur|figure) in\b
(?:info|information|data|records?|details) (?:for|on|of|about) (?:null|nil|none|empty)$
be the first to (?:register|own|have|claim)\b
(?:register|claim|secure|get) it (?:now|today|here)\b
yours for the taking\b
"""
"""The same, with other words before."""

KEPT = r"""
(?:not |un)(?:registrable|registerable)
reserved(?! to | the |$)
reserved$
(?:un|not )assignable
unavailable for registration
not (?:available|open|eligible) for (?:\w+ ){0,3}registration(?!.{0,40}\b(?:registered|taken|held)\b)
ineligible
on (?:the |a |our )?(?:list of )?(?:reserved|block|prohibited|forbidden|restricted|banned|excluded|blacklist)
<in_a_list>(?:the |a |an |our )?(?:\w+ ){0,2}list of (?:\w+ ){0,2}<listed>
<in_a_list>(?:the |a |an |our )?(?:\w+ )?(?:(?:black|block|deny|stop) ?list|<listed>(?: \w+)? list)
withheld\b
set aside\b
not eligible$
not for sale$
blocked (?:for|from) (?:\w+ ){0,2}regist
(?:withdrawn|removed|exempt(?:ed)?|barred|withheld|retired|held back|kept back|kept) from (?:\w+ ){0,2}regist
(?:held|owned|kept|retained) (?:back )?(?:by|for) (?:the |our )?(?:registry|operator|nic|government|state)\b
not (?:available|open|offered|up) (?:for|to) (?:\w+ )?(?:purchase|sale|order|delegation|allocation|(?:the )?public)\b
a premium (?:name|domain)
not for (?:\w+ ){0,2}(?:registration|sale|allocation|delegation|the public)\b
"""
"""Behind <subject>: the registry gives the name to nobody."""

KEPT_IF_NAMED = r"""
not (?:allowed|permitted|acceptable|possible) (?:under|by|according|due|because|in)
(?:violates|infringes|contravenes|breaches)\b
blocked$
blocked by (?!your)
prohibited\b
forbidden
restricted\b
not allowed$
not (?:a )?(?:valid|legal)\b
(?:malformed|illegal|unsupported|bad|invalid)\b(?! <queries>\b)
excluded
banned
disallowed
"""
"""The same, only in a line that names its subject: another may be about our query, our address or this server."""

RESERVED = r"""
.{0,60}\b(?:is|has been|name|names|registry|domain) (?:a )?reserved\b(?! to )
reserved (?:domain|name|by|for|word)
.{0,60}\b(?:cannot|can not|can t|may not|not) be registered
.{0,60}\bregistration (?:of|for) (?:\w+ ){0,4}(?:is|are) <kept>
.{0,60}\bnot (?:available|open|eligible) for (?:\w+ ){0,3}registration(?!.{0,40}\b(?:registered|taken|held)\b)
<subject>(?:.{1,30} )?invalid (?:characters|domain|name|label|string)
(?:domain|name|label|string)s?(?: name)? (?:has |is |was )*too (?:short|long)
.{0,60}\bprohibited from (?:being )?regist
premium (?:name|domain)
error \d* ?non bijective
"""
"""The same, where the words before do not matter."""

THROTTLED = r"""
.{0,40}\b(?:used|spent|consumed|exhausted) (?:up )?(?:all|up|every one)\b.{0,30}\b(?:queries|requests|lookups)
.{0,40}\b(?:used|spent|consumed|exhausted) (?:up )?(?:all|up)\b.{0,30}\b(?:searches|quota|allowance|limit)
rate limited\b
.{0,40}\b(?:allowance|quota|allotment)\b(?: \w+){0,3} (?:is |was |are |has been |have been )<gone>\b
.{0,30}\b(?:quota|queries|requests|lookups|searches)\b.{0,20}\b(?:0|no|none|zero) (?:left|remaining)
.{0,30}\b(?:0|no|none|zero) (?:\w+ )?(?:queries|requests|lookups|searches) (?:left|remaining)
.{0,60}\bcome back (?:in|after) (?:an? |\d|one|half|some time)
.{0,90}\b(?:limit|quota|quotas|limits|rate|allowance)\b.{0,30}\b(?:exceeded|reached|exhausted|overrun|excedid)
.{0,60}\b(?:queries|requests|lookups|connections)(?: has| have)?(?: been)? exceeded
.{0,100}\byou (?:have |ve )?(?:exceeded|reached|hit)\b
.{0,40}\b(?:querying|asking|requesting) (?:us |this server )?too (?:much|many)
.{0,40}\btoo (?:quickly|frequent|frequently|high(?: for| from)?$)
.{0,30}\binterval (?:is )?too short
(?:requests|queries) of this client
(?:.{0,60}\bfrom )?(?:your|this|the) <machine> is not (?:authori[sz]ed|permitted|allowed|entitled)\b
you are not (?:authori[sz]ed|permitted|allowed) to (?:access|query|use) (?:this|our|the) \w+.{0,30}$
sorry .{0,20}\bno more than \d+ (?:\w+ )?(?:queries|requests|lookups)
.{0,60}\b<again> (?:\w+ ){0,3}\d+ ?<units>
.{0,40}\brate limit(?:s|ing|ed)? (?:in effect|applied|applies|active|is active|enforced)
(?:please )?(?:try again|retry|come back) (?:after|in|at) \d
<unparted>.{0,60}(?:过于频繁|過於頻繁|超过.{0,8}限|超出.{0,8}限|达到.{0,8}上限)
<unparted>.{0,60}(?:制限を超|制限に達|頻繁すぎ|요청.{0,8}초과|조회.{0,8}초과|제한.{0,4}초과)
.{0,60}\brefusing (?:queries|connections|requests)
.{0,30}\baccess (?:\w+ ){0,3}suspended
(?:error |http |status |code )+429\b
.{0,60}\bwait (?:for |at least |another )?\d
.{0,40}\bgrace period.{0,12} \d
.{0,60}\b(?:exceed(?:ed|s|ing)?|reached|hit|over|exhausted)\b.{0,50}\b<limits>\b(?!.{0,30}\b(?:may|will|or)\b)
.{0,60}\b(?:too many|too fast|too often|excessive (?:querying|number|query|access))\b(?!.{0,40}\bwill\b)
.{0,80}\btry (?:again|it)? ?(?:after|in|later after) .{0,20}\b(?:second|minute|hour|day)
.{0,40}\b(?:max|maximum|maximal) (?:\w+ ){0,3}(?:queries|requests|connections|lookups)\b.{0,40}reached
.{0,40}\b<callers>(?: \w+){0,4}? <being>*<shut>
(?:please )?(?:go away|slow down|wait \d)
(?:access|request|query|permission|connection) (?:denied|refused|throttled)
not authori[sz]ed$
blacklisted$
rate ?limit(?:ed)?$
throttl(?:ed|ing)\b(?! by)
.{0,40}\b(?:queries|requests|lookups|allowance|allotment|quota).{0,20}\bused up\b
.{0,40}\bused up\b.{0,20}\b(?:quota|limit|queries|requests|lookups)\b
blocked\b.{0,20}\bexcessive
.{0,40}\bnot (?:authori[sz]ed|allowed|permitted) to (?:\w+ ){0,3}more than \d
.{0,60}\b(?:queries|requests|lookups|quota|allowance|limit)(?: has| have)? run out
.{0,40}\brun out of (?:\w+ )?(?:queries|requests|lookups|quota)
.{0,40}\bno (?:more )?(?:queries|requests|lookups) (?:left|remaining)
.{0,40}\b(?:been|being|you are) rate limited
quota exceeded
.{0,60}\b\d+ of \d+ (?:queries|requests|lookups|searches)\b
"""
"""In a line without "if": the server was asked too often, or will not be asked by this client."""

NOT_OF_NAMES = r"""
.{0,60}\b<zones>\b.{0,20}\b(?:not|isn t|aren t) (?:\w+ ){0,2}<served>\b
.{0,60}\b<zones> (?:is |are )?(?:unsupported|unknown|invalid|unserved)
.{0,20}\b(?:unknown|unsupported|invalid|unrecogni[sz]ed|no such|wrong|bad|illegal|unserved) <zones>\b
.{0,40}\b<wrong>(?: \w+)? <queries>\b(?! or domain)
.{0,40}\b(?:usage|syntax|parse|parsing|protocol|parameter|argument) error
404 not found$
.{0,20}\bnot a (?:valid|supported|known|served) <zones>
.{0,60}\bnot (?:provided|available|offered|supported|served|possible|answered) here\b
usage\b
.{0,80}\bnot (?:\w+ )?<served> (?:on|via|over|through) (?:port|whois)\b
.{0,60}\b(?:no|not|nothing)\b.{0,40}\b(?:via|over|through|by|using) (?:the |this |our )?(?:whois|port 43|rdap)
<service>.{0,20}\b(?:does not|doesn t|do not|don t|cannot|can t|is not|are not) (?:authoritative|<serve>)\b
.{0,60}\bdoes not have any records for that zone
only .{0,40}\b(?:can be|are|is) (?:queried|asked|served|supported|answered|accepted|handled)
.{0,40}\b(?:serves|supports|accepts|answers|handles) only
<service>.{0,20}\bonly (?:serves|supports|accepts|answers|handles)\b
<service>.{0,40}\b(?:retired|discontinued|decommissioned|deprecated|sunset|shut down|ceased|obsolete|moved to)
<service>.{0,20}\b(?:closed|withdrawn|terminated|switched off|turned off)\b
<service>.{0,40}\bno longer (?:available|offered|provided|supported|operated|in (?:use|operation|service))
no (?:whois |rdap )?(?:server|service)s?\b
.{0,40}\bnot implemented
.{0,40}\b<queries> (?:is |was |are )?not (?:recogni[sz]ed|understood|supported|valid|allowed)
.{0,40}\bnot a valid <queries>
.{0,40}\b<queries>(?: \w+)? (?:is |was |are |were )(?:too )?<wrong>
.{0,40}\b<wrong> (?:\w+ ){1,3}(?:format|syntax|encoding)\b
.{0,60}\bnot (?:\w+ ){0,2}<served> (?:\w+ )?(?:by|on|at|from|through) (?:this|our) (?:whois )?<servers>
.{0,40}\b(?:no such|unknown|invalid|unsupported) (?:path|route|endpoint|url|uri|method)\b
.{0,40}\bnot the right server\b
<service>.{0,40}\b(?:replaced|superseded|succeeded) by\b
.{0,60}\b(?:has|have) no (?:whois|rdap) (?:server|service)
<service>.{0,40}\b(?:moved|relocated|migrated|redirected)\b
.{0,40}\bno such <zones>
we (?:only )?serve\b
"""
"""In a line without "if": the server speaks of itself or of our query, whatever else stands beside it."""

UNAVAILABLE = r"""
<subject><wrong> <queries>\b(?! or\b)
.{0,20}\bnot authoritative\b
.{0,40}\bdoes not (?:hold|have|keep) (?:any )?(?:records|data|information) for (?:this|that|the) <zones>
.{0,40}\b(?:queries|idns|requests|lookups)\b.{0,20}\bmust be (?:in|sent|made|written|encoded)\b
.{0,40}\b(?:port 43|whois|access)\b.{0,20}\b(?:sunset|retired|discontinued|withdrawn)\b
.{0,60}\bcome back (?:later|soon|shortly|tomorrow)
.{0,80}\b(?:on|over|through|via|by|at) (?:the |our )?(?:web|website|internet)(?: site| page| interface)? only
.{0,80}\bonly (?:on|over|through|via|by|at)(?: \w+){0,2} (?:the |our )?(?:web|website|internet|browser)\b
.{0,80}\bonly (?:available|offered|provided)(?: \w+){0,3} (?:web|website|internet|browser)\b
.{0,60}\bplease (?:try|retry|repeat|query) (?:\w+ ){0,3}(?:later|soon|shortly|moment)
<service>.{0,20}\bnot (?:\w+ )?(?:reachable|accessible|operational|running|working|ready|online|responsive)\b
.{0,60}\b(?:can|may|must) (?:only )?be (?:\w+ )?(?:made|done|asked|sent|performed|submitted|queried) only\b
.{0,60}\bcan only be (?:made|done|asked|sent|performed|submitted|looked up) (?:at|on|via|through|by|over|from)\b
.{0,80}\b(?:by|via|over|through|on|using) (?:the |our )?rdap(?: \w+)? only\b
.{0,80}\bonly (?:by|via|over|through|on|using) (?:the |our )?rdap\b
.{0,60}\b(?:upstream|backend|registry|server) (?:did|does) not (?:reply|answer|respond)
.{0,60}\b(?:temporarily|currently|momentarily) (?:unavailable|not available|out of service|down|disabled)
.{0,60}\b(?:service|server|database|registry|system|whois|backend)(?: \w+)? (?:is )?(?:unavailable|not available|busy)
.{0,60}\b(?:service|server|database|registry|system|whois)(?: \w+)? (?:is )?(?:offline|down\b|overload)
.{0,40}\b(?:under|undergoing|performing) (?:\w+ )?maintenance
temporary (?:failure|error|problem)
(?:an? )?(?:unexpected |unknown |internal )?error (?:has )?occurred
(?:unexpected|unspecified|temporary|db|sql) error
timeout\b.{0,40}$
.{0,40}\bnot responding
.{0,60}\b(?:did not|does not|didn t|doesn t) (?:answer|respond|reply)\b
(?:can t|could not|couldn t) connect
(?:sorry )?(?:we|the server|this server|the system) (?:can t|cannot|can not|could not|couldn t) <work>
(?:sorry )?(?:we|the server|this server|the system) (?:were|are|was|is) (?:unable|not able) to <work>
(?:http )?(?:bad gateway|service unavailable|gateway time ?out|internal server error)
.{0,40}\b(?:connection|link)(?: \w+){0,3} (?:lost|broken|failed|closed|interrupted|dropped|reset)
.{0,40}\blost (?:the |our )?connection
.{0,60}\btry again (?:later|soon)
.{0,40}\b(?:internal|database|server|system|connection|network|backend) (?:error|failure|timeout|timed out|failed)
.{0,40}\b(?:query|unknown|fatal|timeout) (?:error|failure|timeout|timed out|failed)
(?:connect|connection|request|operation|read) (?:timed out|timeout|failed|reset|closed)
(?:please )?use (?:the |our )?rdap\b
(?:please )?(?:use|visit|see|try|go to|query) (?:the |our )?(?:web|online|internet)(?: based)? ?<web_forms>
(?:unable|failed|cannot|could not) (?:to )?<work>
(?:scheduled |planned )?maintenance\b.{0,40}$
<service>.{0,20}\bout of (?:order|service)\b
.{0,40}\b<queries> (?:could|can) ?not be (?:processed|completed|handled|served|answered|executed|performed)
error\b.{0,60}$
.{0,40}\b(?:is|are) (?:too )?busy
(?:forbidden|not allowed|invalid|restricted|blocked|banned|disallowed)$
no disponible
fuera de servicio
.{0,60}\btechnical (?:difficult\w+|problems?|issues?|faults?|reasons)\b
.{0,60}\b(?:lookups|queries|searches) are (?:off|disabled|closed|stopped|paused|not possible)\b
"""
"""The server could not search."""

REGISTERED = r"""
.{0,80}\b(?:it|which|that) (?:has been|was|is) (?:already )?(?:registered|taken) (?:by|to)\b
<be>(?:already |now |officially |been )*registered(?:$| (?:in|at|on|since|and|until|already|to|with|through|it was)\b)
<be>(?:already |now |officially )*(?:taken|in use|occupied|active$|delegated|unavailable$)
<be>not available(?! for| in)
<be>(?:in|under|within) (?:its |the |a |an )?(?:\w+ ){0,2}(?:redemption|grace period|quarantine)\b
<be>(?:available|free) <no>$
<be>(?:registered|taken|delegated|exists?|in use) <yes>$
"""
"""Behind <subject>: somebody has the name; nothing more is said."""


_SOMETHING_BEFORE = re.compile(r"(\.\{0,\d+\}(?:\\b)?|<be>|<service>)(.+)")
_WORDS_BEFORE = re.compile(r"\.\{0,(\d+)\}\\b$")


def pattern(*phrases: str, before: str = "", unless: str = "") -> re.Pattern[str]:
    """Return the pattern that matches a line with any of the phrases, behind ``before``, without words of ``unless``.

    Phrases with the same beginning share it, because each by itself would try all places of a line. Behind any words, a
    phrase begins after a blank, because blanks are found much sooner than each place is tried.
    """
    lines = [line for group in phrases for line in group.strip().splitlines()]
    groups: dict[str, list[str]] = {}
    for line in lines:
        found = _SOMETHING_BEFORE.match(line)
        groups.setdefault(found[1] if found else "", []).append(found[2] if found else line)
    each = [f"{_words_before(words)}(?:{'|'.join(rest)})" for words, rest in groups.items()]
    written = f"{before}(?:{'|'.join(each)})"
    if unless:
        written = rf"(?={written})(?!.*\b(?:{unless})\b)"
    for name, part in PARTS.items():
        written = written.replace(name, part)
    return re.compile(written)


def _words_before(written: str) -> str:
    """Return the beginning of phrases; where it allows for any words, it has to end with a blank or be empty."""
    found = _WORDS_BEFORE.match(written)
    return f"(?:.{{0,{int(found[1]) - 1}}} )?" if found else written
