"""Names of months and days of the week, as registries write them, without diacritics and in lower case."""

from rules.whois.fold import folded

_NAMES = """
january jan januar januari janvier janv januari enero ene janeiro jan gennaio gen styczen stycznia sty leden ledna led
  januar janeiro tammikuu tammi ocak oca января январь янв yanvarya yanvar ianuarie sijecanj sijecnja januarie jaanuar
february feb februar februari fevrier fevr fev febrero fevereiro febbraio luty lutego lut unor unora februarie
  helmikuu helmi subat sub февраля февраль фев fevralya veljaca veljace veebruar febr
march mar marz maerz mrz maart mrt mars marzo marco marec marzec marca brezen brezna maaliskuu maalis marcius mart
  марта март мар marta martie ozujak ozujka marts
april apr avril avr abril abr aprile kwiecien kwietnia kwi duben dubna huhtikuu huhti aprilis nisan nis апреля апрель
  апр aprelya aprilie travanj travnja aprill
may mai mei maggio mag mayo maio maj maja kveten kvetna toukokuu touko majus mayis мая май maya svibanj svibnja
  mayo
june jun juni juin junho junio giugno giu czerwiec czerwca cze cerven cervna kesakuu kesa junius haziran haz июня июнь
  июн iyunya iunie lipanj lipnja juuni
july jul juli juillet juil julho julio luglio lug lipiec lipca lip cervenec cervence heinakuu heina julius temmuz tem
  июля июль июл iyulya iulie srpanj srpnja juuli
august aug augusti aout agosto ago augustus sierpien sierpnia sie srpen srpna elokuu elo augusztus agustos agu августа
  август авг avgusta avgust kolovoz kolovoza
september sep sept septembre setembro set settembre septiembre setiembre wrzesien wrzesnia wrz zari syyskuu syys
  szeptember eylul eyl сентября сентябрь сен sentyabrya septembrie rujan rujna
october oct oktober okt octobre outubro out ottobre ott octubre pazdziernik pazdziernika paz rijen rijna lokakuu loka
  ekim eki октября октябрь окт oktyabrya octombrie listopada-hr oktoober
november nov novembre novembro noviembre listopad listopada lis listopadu marraskuu marras kasim kas ноября ноябрь ноя
  noyabrya noiembrie studeni studenoga
december dec dez dezember decembre dezembro dicembre dic diciembre grudzien grudnia gru prosinec prosince joulukuu
  joulu aralik ara декабря декабрь дек dekabrya dekabr decembrie prosinac prosinca detsember des desember
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
MONTHS = _AS_WRITTEN | _OF_THE_MONTH
DAYS = frozenset(_DAYS.split()) - MONTHS.keys()
