"""TFRecord frames and `tf.train.Example` messages as bytes, so that neither TensorFlow nor protobuf is needed.

Frame of a record: length (uint64), masked CRC-32C of the length, data, masked CRC-32C of the data, all little-endian.
The data is a map from names to lists of bytes, floats (float32) or integers (int64) in protocol-buffer wire format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

import google_crc32c
import numpy as np

from synth.errors import LabelError

Value = list[bytes] | list[float] | list[int]
Fields = Mapping[str, tuple[int, Value]]
BYTES, FLOATS, INTEGERS = 1, 2, 3  # field numbers of a Feature's kinds
MAX_RECORD_BYTES = 1 << 30


def encode_example(fields: Fields) -> bytes:
    """A serialized `tf.train.Example`, its fields sorted by name so that equal content gives equal bytes."""
    entries = []
    for name in sorted(fields):
        kind, values = fields[name]
        feature = _delimited(kind, _list(kind, values))
        entries.append(_delimited(1, _delimited(1, name.encode()) + _delimited(2, feature)))
    return _delimited(1, b"".join(entries))


def _list(kind: int, values: Value) -> bytes:
    if kind == BYTES:
        return b"".join(_delimited(1, value) for value in values if isinstance(value, bytes))
    if not values:
        return b""
    if kind == FLOATS:
        return _delimited(1, np.asarray(values, "<f4").tobytes())
    return _delimited(1, b"".join(_varint(int(value)) for value in values))


def _delimited(field: int, data: bytes) -> bytes:
    return bytes((field << 3 | 2,)) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def frame(data: bytes) -> bytes:
    """One record as it stands in the file."""
    length = struct.pack("<Q", len(data))
    return b"".join((length, _masked_crc(length), data, _masked_crc(data)))


def _masked_crc(data: bytes) -> bytes:
    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def read_records(path: Path) -> Iterator[bytes]:
    """The data of each record of a file; LabelError names file and record if it is damaged or cut off."""
    with open(path, "rb") as file:
        number = 0
        while header := file.read(12):
            where = f"{path}: record {number}"
            if len(header) < 12 or _masked_crc(header[:8]) != header[8:]:
                raise LabelError(f"{where}: its length is damaged; write the file again")
            (length,) = struct.unpack("<Q", header[:8])
            data, crc = file.read(min(length, MAX_RECORD_BYTES)), file.read(4)
            if len(data) != length or _masked_crc(data) != crc:
                raise LabelError(f"{where}: cut off or damaged (its checksum differs); write the file again")
            yield data
            number += 1


def decode_example(data: bytes) -> dict[str, Value]:
    """The lists of a serialized `tf.train.Example` by name; LabelError if the bytes are none."""
    try:
        features: dict[str, Value] = {}
        for _, message in _fields(data):
            for _, entry in _fields(message):
                parts = dict(_fields(entry))
                ((kind, body),) = _fields(parts[2])
                features[parts[1].decode()] = _decode_list(kind, body)
    except (ValueError, KeyError, IndexError, UnicodeDecodeError) as error:
        raise LabelError(f"not a tf.train.Example ({error})") from None
    return features


def _decode_list(kind: int, body: bytes) -> Value:
    parts = [data for _, data in _fields(body)]
    if kind == BYTES:
        return parts
    packed = b"".join(parts)
    if kind == FLOATS:
        floats: list[float] = np.frombuffer(packed, "<f4").tolist()
        return floats
    integers: list[int] = []
    at = 0
    while at < len(packed):
        value, at = _read_varint(packed, at)
        integers.append(value - (1 << 64) if value >> 63 else value)
    return integers


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Field numbers and contents of a message; a plain varint or float comes as its own bytes."""
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        if tag & 7 == 2:
            length, at = _read_varint(data, at)
            end = at + length
        elif tag & 7 == 0:
            end = _read_varint(data, at)[1]
        elif tag & 7 == 5:
            end = at + 4
        else:
            raise ValueError(f"wire type {tag & 7} at byte {at}")
        if end > len(data):
            raise ValueError(f"a field reaches beyond the end at byte {at}")
        yield tag >> 3, data[at:end]
        at = end


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
        if shift > 63:
            raise ValueError(f"a number of more than 64 bits at byte {at}")
