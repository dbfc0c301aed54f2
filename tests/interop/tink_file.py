"""Seals and opens files with Tink alone, in the format of FORMAT.md's section on files.

What comes after the paths puts other parameters in place of the format's.

tink_file.py seal|open KEY SOURCE TARGET [ASSOCIATED_DATA SEGMENT DERIVED_KEY_SIZE HASH]
"""

import base64
import sys
from typing import BinaryIO

import tink
from tink import cleartext_keyset_handle, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

KEY_TYPE = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"
ASSOCIATED_DATA = b"pli file v1"


def keyset(
    file_key: bytes, segment: str = "1048576", derived: str = "32", hash_name: str = "SHA256"
) -> tink.KeysetHandle:
    """A keyset of the one key; the parameters by default are those of AES256_GCM_HKDF_1MB."""
    key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(
        params=aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
            ciphertext_segment_size=int(segment),
            derived_key_size=int(derived),
            hkdf_hash_type=common_pb2.HashType.Value(hash_name),
        ),
        key_value=file_key,
    )
    data = tink_pb2.KeyData(
        type_url=KEY_TYPE,
        value=key.SerializeToString(),
        key_material_type=tink_pb2.KeyData.SYMMETRIC,
    )
    entry = tink_pb2.Keyset.Key(
        key_data=data, status=tink_pb2.ENABLED, key_id=1, output_prefix_type=tink_pb2.RAW
    )
    serialized = tink_pb2.Keyset(primary_key_id=1, key=[entry]).SerializeToString()
    return cleartext_keyset_handle.read(tink.BinaryKeysetReader(serialized))


def copy(source: BinaryIO, target: BinaryIO) -> None:
    """Copies a stream in pieces."""
    while piece := source.read(1 << 20):
        target.write(piece)


def main(
    verb: str,
    key: str,
    source_path: str,
    target_path: str,
    associated_data: str = ASSOCIATED_DATA.decode(),
    *parameters: str,
) -> None:
    """Reads the file at one path and writes the other."""
    streaming_aead.register()
    file_key = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    primitive = keyset(file_key, *parameters).primitive(streaming_aead.StreamingAead)
    with open(source_path, "rb") as source, open(target_path, "wb") as target:
        if verb == "seal":
            with primitive.new_encrypting_stream(target, associated_data.encode()) as sealing:
                copy(source, sealing)
        else:
            with primitive.new_decrypting_stream(source, associated_data.encode()) as opening:
                copy(opening, target)


if __name__ == "__main__":
    main(*sys.argv[1:])
