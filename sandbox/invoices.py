"""Made-up invoices of every kind, each with one difficulty. `nolapse invoices samples` writes them.

They are plain data, as they would be written in JSON.
"""

from copy import deepcopy
from typing import Any, Final

Given = dict[str, Any]

_S19: Final = {"category": "S", "rate": "19"}
_S7: Final = {"category": "S", "rate": "7"}

_SELLER: Final = {
    "name": "Sandbox Agency GmbH",
    "address": {"lines": ["Hafenstraße 7"], "postcode": "20457", "city": "Hamburg", "country": "DE"},
    "vat_id": "DE136695976",
    "tax_number": "27/123/45678",
    "legal_id": "HRB 12345",
    "legal_form": "Amtsgericht Hamburg, HRB 12345\nGeschäftsführerin: A. Muster",
    "contact": {"name": "Buchhaltung", "phone": "+49 40 123456", "email": "billing@agency.test"},
    "electronic_address": {"scheme": "EM", "id": "billing@agency.test"},
}
_BUYER: Final = {
    "name": "Bäckerei Brot & Söhne GmbH",
    "address": {"lines": ["Marktplatz 1"], "postcode": "80331", "city": "München", "country": "DE"},
    "electronic_address": {"scheme": "EM", "id": "bakery@clients.test"},
}
_AUSTRIAN: Final = {
    "name": "Kaffeehaus Wien KG",
    "address": {"lines": ["Ring 5"], "postcode": "1010", "city": "Wien", "country": "AT"},
    "vat_id": "ATU13585627",
}
_PAYMENT: Final = {"iban": "DE89370400440532013000", "bic": "COBADEFFXXX", "account_name": "Sandbox Agency GmbH"}
_CREDIT: Final = {"kind": "credit_note", "preceding": [{"number": "INV-2026-000001", "issued_on": "2026-01-15"}]}


def _line(name: str = "Web hosting", price: str = "9.90", **more: Any) -> Given:
    return {"name": name, "unit_price": price, "tax": _S19} | more


def _invoice(*lines: Given, **more: Any) -> Given:
    return {
        "issued_on": "2026-03-01",
        "due_on": "2026-03-15",
        "currency": "EUR",
        "language": "en",
        "seller": _SELLER,
        "buyer": _BUYER,
        "lines": list(lines) or [_line()],
        "payment": _PAYMENT,
    } | more


def _untaxed(category: str, **more: Any) -> Given:
    return {"category": category} | more


def _off(reason: str = "Discount", **more: Any) -> Given:
    return {"reason": reason, "reason_code": "95"} | more


def _languages() -> dict[str, Given]:
    names = {"en": "Hosting", "de": "Speicherplatz", "fr": "Hébergement", "es": "Alojamiento", "it": "Ospitalità"}
    names |= {"nl": "Webruimte", "pl": "Utrzymanie strony", "ar": "استضافة الموقع"}
    return {
        f"language-{tag}": _invoice(
            _line(name, quantity="12", unit="MON", period={"first_day": "2026-03-01", "last_day": "2027-02-28"}),
            _line(name, price="80", quantity="1.5", unit="HUR", allowances=[_off(percent="10")]),
            language=tag,
        )
        for tag, name in names.items()
    }


def _currencies() -> dict[str, Given]:
    found = {
        f"currency-{code.lower()}": _invoice(_line(price=price), currency=code)
        for code, price in {"USD": "12.34", "GBP": "0.99", "CHF": "1234567.89", "PLN": "45.67", "SEK": "99.50"}.items()
    }
    found["currency-jpy"] = _invoice(_line(price="1234", quantity="3"), currency="JPY", language="en")
    found["currency-huf"] = _invoice(_line(price="2990.50"), currency="HUF")
    found["currency-kwd"] = _invoice(_line(price="100", tax=_untaxed("Z")), currency="KWD")
    found["currency-rsd"] = _invoice(_line(price="12.50"), currency="RSD")
    return found


def _rates() -> dict[str, Given]:
    return {
        "tax-two-rates": _invoice(_line(), _line("Handbook", "24.90", tax=_S7)),
        "tax-four-breakdowns": _invoice(
            _line(),
            _line("Handbook", "24.90", tax=_S7),
            _line("Stamps", "5", tax=_untaxed("Z")),
            _line("Course", "100", tax=_untaxed("E", exemption_reason="§ 4 Nr. 21 UStG")),
        ),
        "tax-fractional-rate": _invoice(
            _line(tax={"category": "S", "rate": "5.5"}), _line(tax={"category": "S", "rate": "2.1"})
        ),
        "tax-zero-rated": _invoice(_line("Newspaper", "3", tax=_untaxed("Z"))),
        "tax-number-alone": _invoice(seller={**_SELLER, "vat_id": None}),
    }


def _exemptions() -> dict[str, Given]:
    small = "Kein Ausweis von Umsatzsteuer, da Kleinunternehmer gemäß § 19 UStG"
    return {
        "tax-exempt-reason": _invoice(_line(tax=_untaxed("E", exemption_reason=small)), language="de"),
        "tax-exempt-code": _invoice(_line(tax=_untaxed("E", exemption_code="VATEX-EU-132-1I"))),
        "tax-exempt-two-reasons": _invoice(
            _line("Course", "100", tax=_untaxed("E", exemption_reason="Teaching")),
            _line("Insurance", "10", tax=_untaxed("E", exemption_reason="Insurance")),
        ),
    }


def _reverse_charges() -> dict[str, Given]:
    reverse = _line(tax=_untaxed("AE"))
    return {
        "reverse-charge": _invoice(reverse, buyer=_AUSTRIAN),
        "reverse-charge-german": _invoice(reverse, buyer=_AUSTRIAN, language="de"),
        "reverse-charge-and-exempt": _invoice(
            reverse, _line(tax=_untaxed("E", exemption_reason="Teaching")), buyer=_AUSTRIAN
        ),
        "reverse-charge-credit": _invoice(reverse, buyer=_AUSTRIAN, **_CREDIT),
    }


def _abroad() -> dict[str, Given]:
    delivered = {"on": "2026-02-28", "name": "Kaffeehaus Wien", "address": _AUSTRIAN["address"]}
    american = {"name": "Bread Inc.", "address": {"lines": ["1 Main St"], "city": "Boston", "country": "US"}}
    return {
        "intra-community": _invoice(_line("Router", "99", tax=_untaxed("K")), buyer=_AUSTRIAN, delivery=delivered),
        "intra-community-period": _invoice(
            _line("Router", "99", tax=_untaxed("K")),
            buyer=_AUSTRIAN,
            period={"first_day": "2026-02-01", "last_day": "2026-02-28"},
            delivery={"address": {"country": "AT"}},
        ),
        "export": _invoice(_line("Router", "99", tax=_untaxed("G")), buyer=american),
        "export-dollars": _invoice(_line("Router", "99", tax=_untaxed("G")), buyer=american, currency="USD"),
        "out-of-scope": _invoice(_line(tax=_untaxed("O", exemption_reason="Not subject to VAT")), buyer=american),
        "out-of-scope-credit": _invoice(_line(tax=_untaxed("O")), buyer=american, **_CREDIT),
    }


def _discounts() -> dict[str, Given]:
    less = _off("Loyalty", percent="10", tax=_S19)
    freight = {"reason": "Freight", "reason_code": "FC", "amount": "4.90", "tax": _S19}
    return {
        "line-discount-percent": _invoice(_line(quantity="3", allowances=[_off(percent="33.3333")])),
        "line-discount-amount": _invoice(_line(quantity="3", allowances=[_off(amount="1.50")])),
        "line-discount-and-charge": _invoice(
            _line(quantity="3", allowances=[_off(amount="1")], charges=[{"reason": "Setup", "amount": "2.50"}])
        ),
        "line-discounts-several": _invoice(_line(price="100", allowances=[_off(percent="10"), _off(percent="5")])),
        "line-discount-whole": _invoice(_line(allowances=[_off(percent="100")]), _line()),
        "discount-percent": _invoice(_line(price="100"), allowances=[less]),
        "discount-each-rate": _invoice(
            _line(price="100"), _line(price="50", tax=_S7), allowances=[less, _off("Loyalty", percent="10", tax=_S7)]
        ),
        "discount-exceeds-rate": _invoice(_line(price="100"), allowances=[_off(amount="30", tax=_S7)]),
        "charge": _invoice(_line(), charges=[freight]),
        "charge-of-another-rate": _invoice(_line(tax=_S7), charges=[freight]),
        "discount-and-charge": _invoice(_line(price="100"), allowances=[less], charges=[freight]),
        "discount-by-code-alone": _invoice(_line(price="9", allowances=[{"reason_code": "95", "amount": "1"}])),
        "prepaid": _invoice(_line(price="100"), prepaid="19.99"),
        "prepaid-whole": _invoice(_line(price="100"), prepaid="119"),
        "rounded-for-cash": _invoice(_line(price="10.02"), currency="CHF", rounding="0.03"),
    }


def _rounding(amount: str) -> Given:
    """Return a rounding, by which the tax of the last credit note is what is left of the invoice's tax."""
    return {"category": "S", "rate": "19", "amount": amount}


def _credits() -> dict[str, Given]:
    return {
        "credit": _invoice(_line(quantity="12", unit="MON"), **_CREDIT),
        "credit-german": _invoice(_line(quantity="12", unit="MON"), language="de", **_CREDIT),
        "credit-part": _invoice(_line(quantity="0.5"), notes=["Half of it was not used."], **_CREDIT),
        "credit-last-part": _invoice(_line(price="0.03"), tax_roundings=[_rounding("-0.01")], **_CREDIT),
        "credit-last-part-of-tax": _invoice(_line(price="0"), tax_roundings=[_rounding("0.01")], **_CREDIT),
        "credit-discount": _invoice(_line(price="100"), allowances=[_off(percent="10", tax=_S19)], **_CREDIT),
        "credit-exempt": _invoice(_line(tax=_untaxed("E", exemption_reason="Teaching")), **_CREDIT),
        "credit-zero": _invoice(_line(price="0"), **_CREDIT),
        "credit-without-invoice": _invoice(kind="credit_note", due_on=None, payment={"terms": "Credited to you."}),
    }


def _edges() -> dict[str, Given]:
    return {
        "rounding-half-cent": _invoice(_line(price="0.125"), _line(price="0.135"), _line(price="0.145")),
        "rounding-many-small": _invoice(*(_line(f"Request {number}", "0.015") for number in range(40))),
        "rounding-tax-half": _invoice(_line(price="0.50", tax=_S7)),
        "rounding-four-decimals": _invoice(_line("Requests", "0.0035", quantity="12345")),
        "rounding-six-decimals": _invoice(_line("Traffic", "0.000125", quantity="987654.321", unit="XBG")),
        "price-for-thousand": _invoice(_line("Mails", "3.50", quantity="2500", price_quantity="1000")),
        "quantity-fraction": _invoice(_line("Consulting", "95", quantity="1.75", unit="HUR")),
        "zero": _invoice(_line(price="0")),
        "zero-rate-and-zero-price": _invoice(_line(price="0", tax=_untaxed("Z"))),
        "zero-quantity": _invoice(_line(quantity="0"), _line()),
        "negative-line": _invoice(_line(price="100"), _line("Taken back", "30", quantity="-1")),
        "negative-line-of-another-rate": _invoice(
            _line(price="100"), _line("Taken back", "30", quantity="-1", tax=_S7)
        ),
        "negative-sum": _invoice(_line(price="10"), _line("Taken back", "30", quantity="-1")),
        "large": _invoice(_line(price="99999999.99", quantity="999")),
        "smallest": _invoice(_line(price="0.01")),
        "many-lines": _invoice(*(_line(f"Domain {number}.example", "11.9") for number in range(200))),
    }


def _texts() -> dict[str, Given]:
    def to(name: str, **more: Any) -> Given:
        return _invoice(buyer={**_BUYER, "name": name}, **more)

    long = "All that was agreed on, and a little more of it. " * 40
    return {
        "text-greek": to("Αρτοποιείο Φούρνος"),
        "text-cyrillic": to("Пекарня «Хлеб»"),
        "text-arabic": to("مخبز النور للتجارة", language="ar"),
        "text-hebrew": to("מאפיית הלחם בע״מ"),
        "text-mixed-directions": to("Bakery مخبز 123 מאפייה"),
        "text-diacritics": to("Čeština Łódź Ørsted Ğ İstanbul ő ŵ ț"),
        "text-markup": to("<b>&amp;\"'</b> ]]> #panic() $x$ *a* _b_"),
        "text-long": _invoice(_line("Word " * 39 + "Word", description=long[:1900]), notes=[long[:1900]]),
        "text-long-word": to("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2),
        "text-lines": _invoice(notes=["First\nsecond\n\nfourth"]),
    }


def _references() -> dict[str, Given]:
    return {
        "references-all": _invoice(
            _line(item_id="H-1", note="As ordered", description="Web space"),
            buyer_reference="04011000-12345-03",
            order_reference="PO-4711",
            contract_reference="C-2025-9",
            project_reference="P-77",
            period={"first_day": "2026-02-01", "last_day": "2026-02-28"},
        ),
        "references-preceding": _invoice(
            preceding=[{"number": "INV-1"}, {"number": "INV-2", "issued_on": "2026-01-01"}]
        ),
    }


def _payments() -> dict[str, Given]:
    debit = {"mandate": "M-42", "creditor_id": "DE98ZZZ09999999999", "debited_iban": "DE02120300000000202051"}
    return {
        "payment-terms-alone": _invoice(due_on=None, payment={"terms": "Within 14 days."}),
        "payment-debit": _invoice(payment=debit),
        "payment-reference": _invoice(payment={**_PAYMENT, "reference": "RF18539007547034"}),
    }


def _parties() -> dict[str, Given]:
    depot = {"on": "2026-02-27", "name": "Depot", "address": {"lines": ["Tor 3"], "city": "Kiel", "country": "DE"}}
    company = {"trading_name": "Brot & Söhne", "legal_id": "5790000436057", "legal_id_scheme": "0088", "id": "K-17"}
    long = {"lines": ["c/o Müller", "Haus 3", "Hinterhof", "4. Stock"], "subdivision": "Bayern"}
    return {
        "delivery-elsewhere": _invoice(delivery=depot),
        "buyer-company": _invoice(buyer=_BUYER | company),
        "address-long": _invoice(buyer={**_BUYER, "address": _BUYER["address"] | long}),
        "appearance": _invoice(appearance={"accent": "#7a1f3d", "logo": _LOGO}),
    }


_LOGO: Final = (
    "data:image/svg+xml;base64,"
    "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCAyMDAgNjAiPjxyZWN0IHdpZHRoPSI2MCIgaGVpZ2h0PSI2"
    "MCIgcng9IjEyIiBmaWxsPSIjN2ExZjNkIi8+PGNpcmNsZSBjeD0iMzAiIGN5PSIzMCIgcj0iMTYiIGZpbGw9IiNmZmYiLz48cmVjdCB4PSI3MiIgeT0i"
    "MjIiIHdpZHRoPSIxMjAiIGhlaWdodD0iMTYiIGZpbGw9IiM3YTFmM2QiLz48L3N2Zz4="
)


def samples() -> dict[str, Given]:
    """Return the invoices by name, each as JSON has it, with a number of its own."""
    groups = (
        _languages, _currencies, _rates, _exemptions, _reverse_charges, _abroad, _discounts,
        _credits, _edges, _texts, _references, _payments, _parties,
    )  # fmt: skip
    found = {name: deepcopy(one) for group in groups for name, one in group().items()}
    return {name: {"number": f"S-{place:04}"} | one for place, (name, one) in enumerate(found.items(), 1)}
