"""Parts of letters in words of the staff."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class LetterText(Model):
        id = BigAutoField()
        letter = CharField(max_length=32)
        language = CharField(max_length=8)
        part = CharField(max_length=16)
        source = TextField()
        changed_by = CharField(max_length=100)
        changed_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "letter_text"
            indexes = ((("letter", "language", "part"), True),)

    db.create_tables([LetterText])
