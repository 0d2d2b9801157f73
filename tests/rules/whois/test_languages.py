# ruff: noqa: RUF001  Turkish has a dotless i
"""Registries write in their own language too. No recorded answer does in most of these."""

from datetime import date

import pytest

from rules.whois.reader import read

# The labels of: created, updated, expires, registrar, name server; and a way to write 3 February 2001.
LANGUAGES = {
    "German": ("Erstellt am", "Letzte Änderung", "Ablaufdatum", "Registrar", "Nameserver", "03.02.2001"),
    "French": (
        "Date de création", "Dernière modification", "Date d'expiration", "Bureau d'enregistrement",
        "Serveur de noms", "3 février 2001",
    ),
    "Spanish": (
        "Fecha de creación", "Última modificación", "Fecha de vencimiento", "Registrador", "Servidor de nombres",
        "3 de febrero de 2001",
    ),
    "Portuguese": ("Criado", "Alterado", "Expiração", "Registrador", "Servidor DNS", "3 de fevereiro de 2001"),
    "Italian": (
        "Data creazione", "Ultimo aggiornamento", "Data di scadenza", "Registrar", "Server dei nomi",
        "3 febbraio 2001",
    ),
    "Dutch": ("Registratiedatum", "Laatst gewijzigd", "Vervaldatum", "Registrar", "Nameserver", "3 februari 2001"),
    "Polish": (
        "data utworzenia", "ostatnia modyfikacja", "data wygaśnięcia", "rejestrator", "serwery nazw",
        "3 lutego 2001",
    ),
    "Czech": ("Datum registrace", "Změněno", "Datum expirace", "Registrátor", "Jmenné servery", "3. února 2001"),
    "Turkish": (
        "Kayıt Tarihi",
        "Güncelleme Tarihi",
        "Bitiş Tarihi",
        "Registrar",
        "Alan adı sunucuları",
        "3 Şubat 2001",
    ),
    "Russian": ("дата регистрации", "изменен", "оплачен до", "Регистратор", "сервер DNS", "3 февраля 2001"),
    "Finnish": ("myönnetty", "muutettu", "päättyy", "välittäjä", "nimipalvelin", "3. helmikuuta 2001"),
    "Swedish": ("skapad", "ändrad", "utgår", "registrar", "namnserver", "3 februari 2001"),
    "Danish": ("oprettet", "ændret", "udløber", "registrar", "navneserver", "3. februar 2001"),
    "Norwegian": ("opprettet", "sist endret", "utløper", "registrar", "navnetjener", "3. februar 2001"),
    "Hungarian": ("regisztrálva", "módosítva", "lejárat", "regisztrátor", "névszerver", "2001. február 3."),
    "Romanian": ("înregistrat", "modificat", "expiră", "registrar", "server de nume", "3 februarie 2001"),
    "Croatian": ("registriran", "izmjena", "datum isteka", "registrar", "dns poslužitelj", "3. veljače 2001."),
    "Japanese": ("登録年月日", "最終更新", "有効期限", "指定事業者", "ネームサーバ", "2001年02月03日"),
    "Korean": ("등록일", "최근 정보 변경일", "사용 종료일", "등록대행자", "호스트이름", "2001. 02. 03."),
    "Chinese": ("注册日期", "更新日期", "到期日期", "注册商", "DNS服务器", "2001年2月3日"),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_and_months_are_read_in_the_language_of_the_registry(language):
    created, updated, expires, registrar, nameserver, day = LANGUAGES[language]
    text = f"{created}: {day}\n{updated}: 2025-06-07\n{expires}: 2027-02-03\n"
    reading = read("example.test", text + f"{registrar}: Example Ltd\n{nameserver}: ns1.example.net\n")
    assert [stated and stated.day for stated in (reading.created, reading.updated, reading.expires)] == [
        date(2001, 2, 3),
        date(2025, 6, 7),
        date(2027, 2, 3),
    ]
    assert (reading.registrar, reading.nameservers) == ("Example Ltd", ("ns1.example.net",))
