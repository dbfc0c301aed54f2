from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.kdf_name import KdfName, check_kdf_name

T = TypeVar("T", bound="Kdf")


@_attrs_define
class Kdf:
    """Parameters of Argon2id for a client to stretch a password with.

    Attributes:
        m (int): Memory in KiB. Example: 65536.
        name (KdfName): A function that stretches passwords. Example: argon2id.
        p (int): Lanes. Example: 1.
        salt (str): 16 bytes in base64url. Example: jkHba5FR58nK17-Kn6VxQA.
        t (int): Passes. Example: 3.
    """

    m: int
    name: KdfName
    p: int
    salt: str
    t: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        m = self.m

        name: str = self.name

        p = self.p

        salt = self.salt

        t = self.t

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "m": m,
                "name": name,
                "p": p,
                "salt": salt,
                "t": t,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        m = d.pop("m")

        name = check_kdf_name(d.pop("name"))

        p = d.pop("p")

        salt = d.pop("salt")

        t = d.pop("t")

        kdf = cls(
            m=m,
            name=name,
            p=p,
            salt=salt,
            t=t,
        )

        kdf.additional_properties = d
        return kdf

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
