"""Documents: what is known of each; their bytes are in the storage, under ``storage_key``."""

from peewee import SQL, BigIntegerField, BlobField, BooleanField, CharField, IntegerField, TextField

from db.base import Row, now
from db.fields import Instant


class Document(Row):
    """A document of one owner. Without a foreign key: its row outlives the owner, until its bytes are gone."""

    owner_kind = CharField(16)  # rules.documents.DocumentOwner
    owner_id = BigIntegerField()
    client_id = BigIntegerField(null=True)  # whose it is; null: nobody's, staff see it alone
    name = CharField(255)  # as it was given, made harmless
    content_type = CharField(100)  # by its contents, whatever was declared
    size = BigIntegerField()  # bytes
    sha256 = CharField(64)
    storage_key = CharField(200, unique=True)
    state = CharField(16)  # rules.documents.DocumentState
    finding = TextField(default="")  # what was found in it, or why it was refused
    scanner = CharField(100, default="")  # which signatures its last scan went by
    scanned_at = Instant(null=True)
    added_by = CharField(100)
    added_at = Instant(default=now)
    kept_until = Instant(null=True)
    legal_hold = BooleanField(default=False)
    deleted_at = Instant(null=True)  # marked; its bytes go after the grace time
    deleted_by = CharField(100, default="")
    removing_at = Instant(null=True)  # its bytes go: it cannot come back

    class Meta:
        table_name = "kept_document"  # "document" holds shared texts
        indexes = ((("client_id", "id"), False), (("owner_kind", "owner_id", "id"), False), (("state", "id"), False))


Document.add_index(
    Document.index(
        Document.owner_kind,
        Document.owner_id,
        Document.sha256,
        unique=True,
        where=SQL("deleted_at IS NULL"),
        name="kept_document_same_bytes",
    )
)
Document.add_index(
    Document.index(Document.deleted_at, where=SQL("deleted_at IS NOT NULL"), name="kept_document_deleted")
)


class DirectUpload(Row):
    """A file that is sent to the bucket by a form of ours, until it is a document."""

    owner_kind = CharField(16)  # rules.documents.DocumentOwner
    owner_id = BigIntegerField()
    client_id = BigIntegerField(null=True)
    name = CharField(255)  # as it will be kept
    size = BigIntegerField()  # bytes that the form allows
    storage_key = CharField(200, unique=True)  # where the form puts it
    added_by = CharField(100)
    added_at = Instant(default=now)
    closes_at = Instant()  # the bucket takes the form until then
    state = CharField(16)  # rules.documents.direct_uploads.DirectUploadState
    why = CharField(500, default="")  # it was refused
    document_id = BigIntegerField(null=True)

    class Meta:
        table_name = "direct_upload"
        indexes = ((("closes_at",), False),)


class DocumentPreview(Row):
    """A picture of a document, or why there is none."""

    document_id = BigIntegerField(unique=True)
    image = BlobField(null=True)  # WebP; it is small, and goes with its row
    width = IntegerField(default=0)  # pixels
    height = IntegerField(default=0)
    why = CharField(300, default="")  # there is none
    made_at = Instant(default=now)

    class Meta:
        table_name = "document_preview"
