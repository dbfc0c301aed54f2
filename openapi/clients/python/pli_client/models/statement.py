from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.signature import Signature


T = TypeVar("T", bound="Statement")


@_attrs_define
class Statement:
    """A key statement: a JWS in general JSON serialization (RFC 7515, section 7.2.1) that publishes an account's
    encryption key and signing key.

        Attributes:
            payload (str): The statement in base64url: `v`, `sub`, `seq`, `prev`, `keys`, `iat`. Example:
                eyJ2IjoxLCJzdWIiOiJhbGljZSIsInNlcSI6MCwicHJldiI6bnVsbCwia2V5cyI6W3sia3R5IjoiUlNB….
            signatures (list[Signature]): One signature by the statement's own signing key and then, but for the first
                statement, one by that of the statement before.
    """

    payload: str
    signatures: list[Signature]

    def to_dict(self) -> dict[str, Any]:
        payload = self.payload

        signatures = []
        for signatures_item_data in self.signatures:
            signatures_item = signatures_item_data.to_dict()
            signatures.append(signatures_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "payload": payload,
                "signatures": signatures,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.signature import Signature

        d = dict(src_dict)
        payload = d.pop("payload")

        signatures = []
        _signatures = d.pop("signatures")
        for signatures_item_data in _signatures:
            signatures_item = Signature.from_dict(signatures_item_data)

            signatures.append(signatures_item)

        statement = cls(
            payload=payload,
            signatures=signatures,
        )

        return statement
