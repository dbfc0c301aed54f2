"""Seals a file with Tink's streaming AEAD, in whatever parameters are asked for.

tink_other_file.py KEY ASSOCIATED_DATA SEGMENT DERIVED_KEY_SIZE HASH < PLAINTEXT > SEALED
"""

import base64
import io
import sys

import tink
from tink import cleartext_keyset_handle, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2


class Sealed(io.BytesIO):
    """A buffer that keeps its bytes when Tink closes it."""

    def close(self) -> None:
        pass


def main(key: str, associated_data: str, segment: str, derived: str, hash_name: str) -> None:
    streaming_aead.register()
    parameters = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=int(segment),
        derived_key_size=int(derived),
        hkdf_hash_type=common_pb2.HashType.Value(hash_name),
    )
    streaming_key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(
        params=parameters, key_value=base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    )
    data = tink_pb2.KeyData(
        type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
        value=streaming_key.SerializeToString(),
        key_material_type=tink_pb2.KeyData.SYMMETRIC,
    )
    entry = tink_pb2.Keyset.Key(
        key_data=data, status=tink_pb2.ENABLED, key_id=1, output_prefix_type=tink_pb2.RAW
    )
    keyset = tink_pb2.Keyset(primary_key_id=1, key=[entry]).SerializeToString()
    handle = cleartext_keyset_handle.read(tink.BinaryKeysetReader(keyset))
    sealed = Sealed()
    primitive = handle.primitive(streaming_aead.StreamingAead)
    with primitive.new_encrypting_stream(sealed, associated_data.encode()) as sealing:
        sealing.write(sys.stdin.buffer.read())
    sys.stdout.write(base64.urlsafe_b64encode(sealed.getvalue()).rstrip(b"=").decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
