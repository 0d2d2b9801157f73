"""Reminders of unpaid invoices: when they are sent and what they cost. Without stages none is sent."""

import json
from decimal import Decimal
from typing import Annotated, cast

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from rules.billing import money
from rules.billing.dunning import DunningStage

_MOST = 10


class DunningLine(BaseModel, extra="forbid", frozen=True):
    """One stage, as the variable writes it."""

    days: int = Field(ge=-60, le=365)
    fee: dict[str, str] = Field({}, max_length=50)
    """Amounts in major units by currency: {"EUR": "5.00"}."""
    interest_percent: Decimal = Field(Decimal(0), ge=0, le=100)

    @field_validator("fee")
    @classmethod
    def _amounts(cls, value: dict[str, str]) -> dict[str, str]:
        if negative := [one for currency, one in value.items() if money.parse(one, currency).minor < 0]:
            raise ValueError(f"a fee is not below zero, as {negative[0]} is")
        return value

    @property
    def stage(self) -> DunningStage:
        fee = {currency: money.parse(amount, currency).minor for currency, amount in self.fee.items()}
        return DunningStage(days=self.days, fee=fee, interest_percent=self.interest_percent)


class DunningSettings(BaseSettings):
    """The variable ``NOLAPSE_DUNNING``."""

    dunning: Annotated[tuple[DunningLine, ...], NoDecode] = Field((), validate_default=False)
    """Stages by days after an invoice was due, as JSON: [{"days": -3}, {"days": 7}, {"days": 21, "fee": {...}}]."""

    @field_validator("dunning", mode="before")
    @classmethod
    def _dunning(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            given: object = json.loads(value)
        except ValueError:
            given = None
        if not isinstance(given, list):
            raise ValueError(  # noqa: TRY004 - what pydantic reports
                'must be a JSON list of stages, such as [{"days": -3}, {"days": 7}]'
            )
        return tuple(cast("list[object]", given))

    @field_validator("dunning")
    @classmethod
    def _distinct(cls, value: tuple[DunningLine, ...]) -> tuple[DunningLine, ...]:
        if len({one.days for one in value}) != len(value) or len(value) > _MOST:
            raise ValueError(f"must be at most {_MOST} stages, each of another day")
        return value

    @property
    def dunning_stages(self) -> tuple[DunningStage, ...]:
        """The stages, as rules.billing.dunning takes them."""
        return tuple(one.stage for one in self.dunning)
