"""Zones below another registry's TLD in which a registry of their own sells names: in ``it.com``, ``bakery.it.com``.

The public suffix list has them in its private section, among the zones of hosting and of dynamic addresses. A zone
stands here if the one who submitted it to that list sells names in it to anybody. ``integrations/data`` says which
servers answer for it.
"""

from types import MappingProxyType

_SELLERS = """
Team Internet (CentralNic), https://teaminternet.com/
    ae.org br.com cn.com com.de com.se de.com eu.com gb.net hu.net jp.net jpn.com mex.com ru.com sa.com se.net
    uk.com uk.net us.com za.bz za.com
co.com Registry, https://registry.co.com/
    co.com
US Registry, http://us.org
    us.org
iDOT Services, http://www.domain.gr.com
    gr.com
Radix, http://domains.in.net
    in.net
Africa.com Web Solutions, https://registry.africa.com
    africa.com
BRS Media, https://brsmedia.com/
    radio.am radio.fm
Globe Hosting, https://www.globehosting.com/
    co.ro shop.ro
UK Intis Telecom, https://it.com/
    it.com
UDR, http://www.udr.hk.com/
    hk.com hk.org inc.hk ltd.hk
FAITID, https://www.flexireg.net/stat_info
    ru.net adygeya.ru bashkiria.ru bir.ru cbg.ru com.ru dagestan.ru grozny.ru kalmykia.ru kustanai.ru marine.ru
    mordovia.ru msk.ru mytis.ru nalchik.ru nov.ru pyatigorsk.ru spb.ru vladikavkaz.ru vladimir.ru abkhazia.su
    adygeya.su aktyubinsk.su arkhangelsk.su armenia.su ashgabad.su azerbaijan.su balashov.su bashkiria.su bryansk.su
    bukhara.su chimkent.su dagestan.su east-kazakhstan.su exnet.su georgia.su grozny.su ivanovo.su jambyl.su
    kalmykia.su kaluga.su karacol.su karaganda.su karelia.su khakassia.su krasnodar.su kurgan.su kustanai.su
    lenug.su mangyshlak.su mordovia.su msk.su murmansk.su nalchik.su navoi.su north-kazakhstan.su nov.su obninsk.su
    penza.su pokrovsk.su sochi.su spb.su tashkent.su termez.su togliatti.su troitsk.su tselinograd.su tula.su
    tuva.su vladikavkaz.su vladimir.su vologda.su
MSK-IX, https://www.msk-ix.ru/
    net.ru org.ru pp.ru
PublicZone, https://publiczone.org/
    nyc.mn
CoDNS, https://www.co.nl/
    co.nl co.no
Smallregistry, https://www.smallregistry.net
    aeroport.fr avocat.fr chambagri.fr chirurgiens-dentistes.fr experts-comptables.fr medecin.fr notaires.fr
    pharmacien.fr port.fr veterinaire.fr
EU.org, https://nic.eu.org/
    eu.org
Service Online, https://nic.ua/
    biz.ua co.ua pp.ua
1GB, https://www.1gb.ua/
    cc.ua inf.ua ltd.ua
V.UA Domain Registry, https://www.v.ua/
    v.ua
NGO.US Registry, https://nic.ngo.us/
    ngo.us
ZaNiC, https://www.za.net/
    za.net za.org
co.ca, https://registry.co.ca/
    co.ca
Michau Enterprises, https://www.co.pl/
    co.pl
priv.at, https://www.nic.priv.at/
    priv.at
i-registry, http://www.i-registry.cz/
    co.cz
Dansk.net, http://www.dansk.net/
    biz.dk co.dk firm.dk reg.dk store.dk
"""


def _zones() -> dict[str, str]:
    """Return the seller of each zone. In the table, the line of a seller is followed by indented lines of its zones."""
    found: dict[str, str] = {}
    seller = ""
    for row in str(_SELLERS).strip().splitlines():
        if row.startswith(" "):
            found |= dict.fromkeys(row.split(), seller)
        else:
            seller = row
    return found


SELLERS = MappingProxyType(_zones())
"""The seller of each zone, with the address of its website."""


def of(name: str) -> str | None:
    """Return the sold zone in which ``name`` (in A-labels) lies; None for a name of a TLD's own registry."""
    zone = name.lower().partition(".")[2]
    while zone and zone not in SELLERS:
        zone = zone.partition(".")[2]
    return zone or None
