"""Commands about documents: list them, see and withdraw links, delete, audit what is stored, move it elsewhere."""

import getpass
from dataclasses import asdict
from typing import Annotated

import typer

from api_stub.resources.documents import documents as resource
from cli.output import AsJson, Exit, print_json, print_table, ready, screen
from db.access import signed_links
from db.documents import documents
from integrations.storage import Storage
from rules.documents import storage_address
from tasks import outside
from tasks.documents import adoption, document_actions, moving, storage_audit
from tasks.documents.moving import MoveOutcome
from tasks.documents.storage_audit import AuditFinding, Discrepancy

app = typer.Typer(no_args_is_help=True, help="List documents; links, deletion; audit what is stored, move it.")

_DocumentId = Annotated[int, typer.Argument(help="A document's number")]
_Filter = Annotated[int | None, typer.Option(min=1)]

_TO_DO = {
    Discrepancy.MISSING: "take these keys from a backup of the storage; until then they cannot be opened",
    Discrepancy.CHANGED: "they are not given to anybody who checks them: take these keys from a backup of the storage",
    Discrepancy.ORPHANED: "nobody can reach them: `nolapse documents audit --remove-orphans` removes them",
}


@app.command(name="list")
def list_(
    *,
    client: _Filter = None,
    invoice: _Filter = None,
    domain: _Filter = None,
    alert: _Filter = None,
    deleted: Annotated[bool, typer.Option(help="Those that were marked for deletion.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    as_json: AsJson = False,
) -> None:
    """List the newest documents."""
    with ready():
        page = documents.LIST.page(
            "-id", client=client, invoice=invoice, domain=domain, alert=alert, deleted=deleted, size=limit
        )
        if as_json:
            print_json([resource.document(one).model_dump(mode="json") for one in page.rows])
            return
        print_table(
            "Documents",
            ("id", "document", "of", "state", "bytes", "added"),
            [
                (one.id, one.name, f"{one.owner_kind} {one.owner_id}", one.state, one.size, one.added_at)
                for one in page.rows
            ],
        )


@app.command()
def links(document_id: _DocumentId, *, as_json: AsJson = False) -> None:
    """List the newest links to a document, and how often each was used."""
    with ready():
        documents.require(document_id)
        found = signed_links.LIST.page("-id", document=document_id).rows
        if as_json:
            print_json([resource.link_document(one).model_dump(mode="json") for one in found])
            return
        print_table(
            f"Links to document {document_id}",
            ("link", "for", "made by", "until", "withdrawn by", "used", "last"),
            [
                (one.id, who, one.created_by, one.expires_at, one.withdrawn_by, one.uses, one.used_at)
                for one in found
                for who in [one.audience or "whoever has it"]
            ],
        )


@app.command()
def withdraw(document_id: _DocumentId, link_id: Annotated[int, typer.Argument(help="The link's number")]) -> None:
    """Withdraw a link: from now on it is refused."""
    with ready():
        document_actions.withdraw(documents.require(document_id), link_id, actor=getpass.getuser())
        screen.print(f"link {link_id} is withdrawn")


@app.command()
def delete(document_id: _DocumentId) -> None:
    """Mark a document for deletion and withdraw its links; its bytes go after the grace time."""
    with ready():
        found = documents.require(document_id)
        try:
            document_actions.delete(found, actor=getpass.getuser())
        except document_actions.StillKept as error:
            raise LookupError(str(error)) from None
        screen.print(f"document {document_id} is deleted; `nolapse documents restore {document_id}` takes it back")


@app.command()
def restore(document_id: _DocumentId) -> None:
    """Take back that a document was deleted, while its bytes are there."""
    with ready():
        found = documents.require(document_id)
        try:
            document_actions.restore(found, actor=getpass.getuser())
        except document_actions.KeptAgain as error:
            raise LookupError(str(error)) from None
        screen.print(f"document {document_id} is back; links to it stay withdrawn")


@app.command(name="audit")
def audit_(
    *,
    read: Annotated[bool, typer.Option(help="Read every byte and compare checksums, not sizes alone.")] = False,
    remove_orphans: Annotated[bool, typer.Option(help="Remove what is stored without a row.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the rows with what is stored, and say what to do.

    Exit code 0: all fits; 1: something does not. Invoices' PDFs from before there were documents become some first.
    """
    with ready():
        adoption.adopt_all()
        storage = outside.maintained_storage()
        found = list(storage_audit.compare(storage, reads=read))
        orphans = [one for one in found if one.what is Discrepancy.ORPHANED]
        if remove_orphans:
            for one in orphans:
                storage.delete(one.key)
        if as_json:
            print_json([asdict(one) for one in found])
        else:
            _say(found, removed=remove_orphans)
        if [one for one in found if not (remove_orphans and one in orphans)]:
            raise typer.Exit(Exit.WRONG)


def _say(found: list[AuditFinding], *, removed: bool) -> None:
    if not found:
        screen.print("All documents are stored as their rows say, and nothing else is.")
    for what in Discrepancy:
        of_kind = [one for one in found if one.what is what]
        if of_kind:
            columns = ("document", "key", "what is wrong")
            print_table(what.capitalize(), columns, [(one.document_id, one.key, one.detail) for one in of_kind])
            gone = removed and what is Discrepancy.ORPHANED
            screen.print("They were removed.\n" if gone else f"What to do: {_TO_DO[what]}.\n", markup=False)


@app.command()
def move(
    *,
    to: Annotated[str | None, typer.Option(help="The storage to copy to: file:///... or s3://...")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="The storage to copy from; by default today's.")] = None,
    as_json: AsJson = False,
) -> None:
    """Copy all that is stored to another storage, while the installation works. Nothing is taken from where it was.

    Run it as often as needed: it goes on with what is not there yet. Exit code 0: all is there; 1: something is not.
    """
    with ready():
        if (to is None) == (from_ is None):
            raise LookupError("say --to, where documents go, or after the change --from, where they were")
        source = outside.maintained_storage() if from_ is None else _home(from_)
        target = outside.maintained_storage() if to is None else _home(to)
        counts = dict.fromkeys(MoveOutcome, 0)
        for one in moving.move(source, target):
            counts[one.outcome] += 1
            if one.outcome in (MoveOutcome.CHANGED, MoveOutcome.DAMAGED) and not as_json:
                screen.print(f"{one.key}: {one.outcome}", markup=False)
        if as_json:
            print_json({str(outcome): number for outcome, number in counts.items()})
        else:
            said = [f"{number} {outcome}" for outcome, number in counts.items() if number]
            screen.print(", ".join(said) or "nothing is stored")
            if to is not None:
                screen.print(
                    "Now set NOLAPSE_STORAGE_URL to the new storage, restart all processes, and run"
                    " `nolapse documents move --from` with the old one, for what was added meanwhile."
                )
        if counts[MoveOutcome.CHANGED] or counts[MoveOutcome.DAMAGED]:
            raise typer.Exit(Exit.WRONG)


def _home(url: str) -> Storage:
    try:
        return outside.other_storage(storage_address.parse(url))
    except ValueError as error:
        raise LookupError(f"{url!r}: {error}") from None
