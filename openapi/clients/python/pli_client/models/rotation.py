from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.statement import Statement


T = TypeVar("T", bound="Rotation")


@_attrs_define
class Rotation:
    """New keys for an account that has some.

    Attributes:
        current_password (str): The account's password, which stays. Example:
            Vpl4Wyk8nQ6QF0o3pZ1kqj0p2fT3m8cXbYbS0rZ8h5E.
        statement (Statement): A key statement: a JWS in general JSON serialization (RFC 7515, section 7.2.1) that
            publishes an account's encryption key and signing key.
        wrapped_keys (str): All private keys, former and new, under the password: a compact JWE. Example:
            eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoicGxpLXdyYXBwZWQta2V5cytqd2UiLCJr….
        recovery_wrapped_keys (str | Unset): The same under the recovery code. Required once there is one. Example:
            eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoicGxpLXdyYXBwZWQta2V5cytqd2UiLCJr….
    """

    current_password: str
    statement: Statement
    wrapped_keys: str
    recovery_wrapped_keys: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        current_password = self.current_password

        statement = self.statement.to_dict()

        wrapped_keys = self.wrapped_keys

        recovery_wrapped_keys = self.recovery_wrapped_keys

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "current_password": current_password,
                "statement": statement,
                "wrapped_keys": wrapped_keys,
            }
        )
        if recovery_wrapped_keys is not UNSET:
            field_dict["recovery_wrapped_keys"] = recovery_wrapped_keys

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.statement import Statement

        d = dict(src_dict)
        current_password = d.pop("current_password")

        statement = Statement.from_dict(d.pop("statement"))

        wrapped_keys = d.pop("wrapped_keys")

        recovery_wrapped_keys = d.pop("recovery_wrapped_keys", UNSET)

        rotation = cls(
            current_password=current_password,
            statement=statement,
            wrapped_keys=wrapped_keys,
            recovery_wrapped_keys=recovery_wrapped_keys,
        )

        return rotation
