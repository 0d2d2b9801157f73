"""Mails that show their sender's logo say whose it is."""

from peewee import *


def up(migrator, db):
    migrator.migrate(migrator.add_column("mail", "logo_of", BigIntegerField(null=True)))
