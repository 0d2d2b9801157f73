"""Commands about mail: show a letter, settle a mail, classify a message that came back, suppressions."""

from enum import StrEnum
from typing import Annotated

import typer

from cli import outbox_work
from cli.classification import classify
from cli.output import AsJson, print_json, ready
from db.mail import letter_texts
from tasks import senders
from tasks.mail import letters
from tasks.mail.letters import letter_kinds, samples

app = typer.Typer()


class MailForm(StrEnum):
    """The forms in which a mail is shown."""

    TEXT = "text"
    HTML = "html"


@app.callback()
def _group() -> None:
    """Look at mails."""


app.command()(classify)
app.command()(outbox_work.settle)
app.command("suppressions")(outbox_work.list_suppressions)
app.command()(outbox_work.suppress)
app.command()(outbox_work.lift)


@app.command()
def preview(
    letter: Annotated[str, typer.Argument(help="A letter: alert, invoice, sign_in ...")],
    *,
    language: Annotated[str, typer.Option(help="A language, such as de or fr-CH.")] = "en",
    form: Annotated[MailForm, typer.Option(help="Which form of it.")] = MailForm.TEXT,
    as_json: AsJson = False,
) -> None:
    """Show a letter with sample values, in our words or the staff's."""
    with ready():
        kind = letter_kinds.find(letter)
        spoken = letters.spoken(kind, language)
        own = letter_texts.find(letter, spoken)
        given = {**letters.sources(kind, spoken), **own}
        made = samples.shown(kind, spoken, given, sender=senders.default())
    if as_json:
        print_json({"subject": made.subject, "text": made.text, "html": made.html, "language": made.language})
    elif form is MailForm.HTML:
        typer.echo(made.html)
    else:
        typer.echo(f"{made.subject}\n\n{made.text}", nl=False)
