from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.recipient import Recipient


T = TypeVar("T", bound="Envelope")


@_attrs_define
class Envelope:
    """A sealed message: a JWE in general JSON serialization (RFC 7516, section 7.2.1).

    Attributes:
        ciphertext (str): The encrypted letter in base64url. Example:
            28e3r4eBt_duyrHCjanadLrTVc4hr08I_MeZzrX7xMeXE0h8y3mesqvwHLG9ek3_311pJ_iwnfmL6uJW….
        iv (str): 12 bytes in base64url. Example: lKUwdILBc4LjlTnU.
        protected (str): The header in base64url: `alg` RSA-OAEP-256, `enc` A256GCM, `typ` pli-envelope+json, `kc`.
            Example: eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoicGxpLWVudmVsb3BlK2pz….
        recipients (list[Recipient]): One for every participant, the sender included, sorted by `kid`.
        tag (str): 16 bytes in base64url. Example: zThE-wjrqJUaXWlwT2jj-g.
    """

    ciphertext: str
    iv: str
    protected: str
    recipients: list[Recipient]
    tag: str

    def to_dict(self) -> dict[str, Any]:
        ciphertext = self.ciphertext

        iv = self.iv

        protected = self.protected

        recipients = []
        for recipients_item_data in self.recipients:
            recipients_item = recipients_item_data.to_dict()
            recipients.append(recipients_item)

        tag = self.tag

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ciphertext": ciphertext,
                "iv": iv,
                "protected": protected,
                "recipients": recipients,
                "tag": tag,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.recipient import Recipient

        d = dict(src_dict)
        ciphertext = d.pop("ciphertext")

        iv = d.pop("iv")

        protected = d.pop("protected")

        recipients = []
        _recipients = d.pop("recipients")
        for recipients_item_data in _recipients:
            recipients_item = Recipient.from_dict(recipients_item_data)

            recipients.append(recipients_item)

        tag = d.pop("tag")

        envelope = cls(
            ciphertext=ciphertext,
            iv=iv,
            protected=protected,
            recipients=recipients,
            tag=tag,
        )

        return envelope
