# ruff: noqa: RUF001  Greek has letters that look Latin
"""Names in dates: months and days of the week as registries write them, and the zones of clocks.

Names of months and days are without diacritics and in lower case.
"""

from datetime import timedelta

from rules.whois.characters import folded

_NAMES = """
january jan januar januari janvier janv januari enero ene janeiro jan gennaio gen styczen stycznia sty leden ledna
  led januar janeiro tammikuu tammi ocak oca января январь янв yanvarya yanvar ianuarie sijecanj sijecnja januarie
  jaanuar janar gener xaneiro urtarrila sausio sausis janvaris januarja січня січень студзеня януари яну ιανουαριου
  ιανουαριος ιαν يناير ינואר มกราคม
  студзень
  јануар јануара јануари
february feb februar februari fevrier fevr fev febrero fevereiro febbraio luty lutego lut unor unora februarie
  helmikuu helmi subat sub февраля февраль фев fevralya veljaca veljace veebruar febr shkurt febrer otsaila vasario
  vasaris februaris februarja лютого лютий лютага февруари φεβρουαριου φεβρουαριος φεβ فبراير פברואר pebruari
  กุมภาพันธ์
  люты
  фебруар фебруара
march mar marz maerz mrz maart mrt mars marzo marco marec marzec marca brezen brezna maaliskuu maalis marcius mart
  марта март мар marta martie ozujak ozujka marts martxoa kovo kovas березня березень сакавика μαρτιου μαρτιος μαρ
  مارس מרץ maret mac มีนาคม
  сакавік
april apr avril avr abril abr aprile kwiecien kwietnia kwi duben dubna huhtikuu huhti aprilis nisan nis апреля
  апрель апр aprelya aprilie travanj travnja aprill prill apirila balandzio balandis aprila квітня квітень красавіка
  април απριλιου απριλιος απρ أبريل ابريل אפריל เมษายน
  красавіка
  априла
may mai mei maggio mag mayo maio maj maja kveten kvetna toukokuu touko majus mayis мая май maya svibanj svibnja mayo
  maig maiatza geguzes geguze maijs травня травень μαιου μαιος مايو מאי พฤษภาคม
  траўня травеня
  мај маја
june jun juni juin junho junio giugno giu czerwiec czerwca cze cerven cervna kesakuu kesa junius haziran haz июня
  июнь июн iyunya iunie lipanj lipnja juuni qershor juny ekaina birzelio birzelis junijs junija червня червень юни
  ιουνιου ιουνιος ιουν يونيو יוני มิถุนายน
  чэрвеня чэрвень
  јун јуна јуни
july jul juli juillet juil julho julio luglio lug lipiec lipca lip cervenec cervence heinakuu heina julius temmuz
  tem июля июль июл iyulya iulie srpanj srpnja juuli korrik juliol uztaila liepos liepa julijs julija липня липень
  юли ιουλιου ιουλιος ιουλ يوليو יולי กรกฎาคม
  ліпеня ліпень
  јул јула јули
august aug agust augusti aout agosto ago augustus sierpien sierpnia sie srpen srpna elokuu elo augusztus agustos agu
  августа август авг avgusta avgust kolovoz kolovoza gusht agost abuztua rugpjucio rugpjutis augusts серпня серпень
  αυγουστου αυγουστος αυγ أغسطس اغسطس אוגוסט ogos สิงหาคม
  жніўня жнівень
  августа
september sep sept septembre setembro set settembre septiembre setiembre wrzesien wrzesnia wrz zari syyskuu syys
  szeptember eylul eyl сентября сентябрь сен sentyabrya septembrie rujan rujna shtator rugsejo rugsejis septembris
  septembra вересня вересень септември σεπτεμβριου σεπτεμβριος σεπ سبتمبر ספטמבר กันยายน
  верасня верасень
  септембар септембра септември septembar
october oct oktober okt octobre outubro out ottobre ott octubre pazdziernik pazdziernika paz rijen rijna lokakuu
  loka ekim eki октября октябрь окт oktyabrya octombrie oktoober tetor urria spalio spalis oktobris oktobra жовтня
  жовтень октомври οκτωβριου οκτωβριος οκτ أكتوبر اكتوبر אוקטובר ตุลาคม
  кастрычніка кастрычнік
  октобар октобра октомври oktobar
november nov novembre novembro noviembre listopad listopada lis listopadu marraskuu marras kasim kas ноября ноябрь
  ноя noyabrya noiembrie studeni studenoga nentor azaroa lapkricio lapkritis novembris novembra листопада листопад
  ноември νοεμβριου νοεμβριος νοε نوفمبر נובמבר nopember พฤศจิกายน
  лістапада лістапад
  новембар новембра ноември novembar
december dec dez dezember decembre dezembro dicembre dic diciembre grudzien grudnia gru prosinec prosince joulukuu
  joulu aralik ara декабря декабрь дек dekabrya dekabr decembrie prosinac prosinca detsember des desember dhjetor
  desembre abendua gruodzio gruodis decembris decembra грудня грудень декември δεκεμβριου δεκεμβριος δεκ ديسمبر
  דצמבר disember ธันวาคม
  снежня снежань
  децембар децембра декември decembar
"""

_DAYS = """
mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun sunday
lun mar mie jue vie sab dom seg ter qua qui sex montag dienstag mittwoch donnerstag freitag samstag sonntag
lundi mardi mercredi jeudi vendredi samedi dimanche
"""


def _rows() -> list[str]:
    """Return one row for each month: a row goes on in lines that are indented."""
    return str(_NAMES).strip().replace("\n  ", " ").splitlines()


_AS_WRITTEN = {folded(name): number for number, row in enumerate(_rows(), start=1) for name in row.split()}
_OF_THE_MONTH = {f"{name}ta": number for name, number in _AS_WRITTEN.items() if name.endswith("kuu")}  # Finnish
_IN_THE_MONTH = {f"ב{name}": number for name, number in _AS_WRITTEN.items() if "א" <= name[0] <= "ת"}  # Hebrew
MONTHS = _AS_WRITTEN | _OF_THE_MONTH | _IN_THE_MONTH
DAYS = frozenset(_DAYS.split()) - MONTHS.keys()

_LONGEST_H = 15

_HOURS = {
    **dict.fromkeys(("Z", "UTC", "GMT", "UCT", "WET"), 0.0),
    **dict.fromkeys(("CET", "MEZ", "WEST", "WAT"), 1.0),
    **dict.fromkeys(("CEST", "MESZ", "EET", "SAST", "CAT"), 2.0),
    **dict.fromkeys(("EEST", "MSK", "EAT", "TRT"), 3.0),
    **dict.fromkeys(("IRST",), 3.5),
    **dict.fromkeys(("PKT", "UZT"), 5.0),
    **dict.fromkeys(("HKT", "SGT", "MYT", "AWST"), 8.0),
    **dict.fromkeys(("JST", "KST"), 9.0),
    "AEST": 10.0,
    "AEDT": 11.0,
    "NZST": 12.0,
    "NZDT": 13.0,
    "ICT": 7.0,
    "WIB": 7.0,
    "BRT": -3.0,
    "CLST": -3.0,
    "CLT": -4.0,
    "ART": -3.0,
    "UYT": -3.0,
    "VET": -4.0,
    "COT": -5.0,
    "PET": -5.0,
    "EDT": -4.0,
    "EST": -5.0,
    "CDT": -5.0,
    "MDT": -6.0,
    "MST": -7.0,
    "PDT": -7.0,
    "PST": -8.0,
}
"""Not BST, IST or CST: British, Irish, Indian, Israeli, American and Chinese clocks are hours apart."""
_OFFSETS = {name: timedelta(hours=hours) for name, hours in _HOURS.items()}


def offset(written: str) -> timedelta | None:
    """Return the offset of "+0300", "-03:30", "+03", "Z" or "CEST"; None for a zone that is not known."""
    if written[0] not in "+-":
        return _OFFSETS.get(written.upper())
    digits = written[1:].replace(":", "")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4] or 0))
    if size > timedelta(hours=_LONGEST_H):
        return None
    return -size if written[0] == "-" else size
