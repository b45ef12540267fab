"""TFRecords against protobuf's own parser of `tf.train.Example`, and damaged files told."""

from __future__ import annotations

import contextlib
import hashlib
import re
import struct
from pathlib import Path

import cv2
import google_crc32c
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_datasets import CATEGORIES, labelled_images, toy_images, write_pictures, write_toy

from synth.errors import LabelError
from synth.labels.layout import image_path
from synth.labels.sample import Categories, LabelledImage
from synth.labels.tfrecord import example_features, label_map, shard_count, shard_name, shard_records
from synth.labels.wire import BYTES, FLOATS, INTEGERS, decode_example, encode_example, frame, read_records


def example_class() -> type:
    """`tf.train.Example`, built from its published description."""
    descriptor_pb2 = pytest.importorskip("google.protobuf.descriptor_pb2")
    from google.protobuf import descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="example.proto", package="tensorflow", syntax="proto3")
    kinds = {"BytesList": 12, "FloatList": 2, "Int64List": 3}
    for name, kind in kinds.items():
        file.message_type.add(name=name).field.add(name="value", number=1, label=3, type=kind)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, (name, field) in enumerate(
        zip(kinds, ("bytes_list", "float_list", "int64_list"), strict=True), start=1
    ):
        feature.field.add(name=field, number=number, label=1, type=11, type_name=f".tensorflow.{name}", oneof_index=0)
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, label=1, type=9)
    entry.field.add(name="value", number=2, label=1, type=11, type_name=".tensorflow.Feature")
    features.field.add(name="feature", number=1, label=3, type=11, type_name=".tensorflow.Features.FeatureEntry")
    file.message_type.add(name="Example").field.add(
        name="features", number=1, label=1, type=11, type_name=".tensorflow.Features"
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tensorflow.Example"))


@pytest.fixture(scope="module")
def example() -> type:
    return example_class()


_FIELDS = st.dictionaries(
    st.text(max_size=5),
    st.tuples(st.just(BYTES), st.lists(st.binary(max_size=200), max_size=4))
    | st.tuples(st.just(FLOATS), st.lists(st.floats(width=32, allow_nan=False), max_size=4))
    | st.tuples(st.just(INTEGERS), st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4)),
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(_FIELDS)
def test_protobuf_reads_what_we_write(example: type, fields: dict) -> None:
    parsed = example.FromString(encode_example(fields)).features.feature
    assert set(parsed) == set(fields)
    for name, (kind, values) in fields.items():
        held = ("bytes_list", "float_list", "int64_list")[kind - 1]
        assert parsed[name].WhichOneof("kind") == held
        assert list(getattr(parsed[name], held).value) == values


@settings(max_examples=150, deadline=None)
@given(_FIELDS)
def test_we_read_what_we_write(fields: dict) -> None:
    assert decode_example(encode_example(fields)) == {name: values for name, (_, values) in fields.items()}


def test_numbers_that_are_not_packed_are_read() -> None:
    """What an older protobuf writes: each number with a tag of its own."""
    integer = bytes([0x08, 7])
    entry = b"\x0a\x01n" + b"\x12\x04" + b"\x1a\x02" + integer
    assert decode_example(b"\x0a" + bytes([len(entry) + 2]) + b"\x0a" + bytes([len(entry)]) + entry) == {"n": [7]}


@settings(max_examples=60, deadline=None)
@given(labelled_images())
def test_boxes_and_classes_are_the_images_own(image: LabelledImage) -> None:
    fields = decode_example(encode_example(example_features(image, b"jpeg", 3, CATEGORIES)))
    boxes = [fields[f"image/object/bbox/{side}"] for side in ("xmin", "ymin", "xmax", "ymax")]
    scale = np.array([image.width, image.height] * 2)
    want = np.array([a.box for a in image.annotations]).reshape(-1, 4)
    np.testing.assert_allclose(np.array(boxes).T.reshape(-1, 4) * scale, want, atol=1e-5 * scale.max())
    assert fields["image/object/class/label"] == [a.category + 1 for a in image.annotations]
    assert fields["image/object/difficult"] == [int(a.difficult) for a in image.annotations]
    assert fields["image/source_id"] == [b"3"]
    lengths = {name: len(values) for name, values in fields.items() if name.startswith("image/object/")}
    assert set(lengths.values()) == {len(image.annotations)}


def independent_records(path: Path) -> list[bytes]:
    """Frames taken apart by the published layout, checksums compared."""
    data, records = path.read_bytes(), []
    while data:
        (length,), (crc,) = struct.unpack("<Q", data[:8]), struct.unpack("<I", data[8:12])
        body, (body_crc,) = data[12 : 12 + length], struct.unpack("<I", data[12 + length : 16 + length])
        for part, stated in ((data[:8], crc), (body, body_crc)):
            value = google_crc32c.value(part)
            assert stated == (((value >> 15) | (value << 17 & 0xFFFFFFFF)) + 0xA282EAD8) % 2**32
        records.append(body)
        data = data[16 + length :]
    return records


def test_a_dataset_s_records_hold_every_image(tmp_path: Path, example: type) -> None:
    images = write_toy(tmp_path, ("tfrecord",))
    found = {}
    for path in sorted((tmp_path / "tfrecord").glob("*.tfrecord")):
        for record in independent_records(path):
            parsed = example.FromString(record).features.feature
            found[parsed["image/filename"].bytes_list.value[0].decode()] = parsed
    assert sorted(found) == [image.file_name for image in images], "images without objects are there too"
    for image in images:
        parsed = found[image.file_name]
        encoded = parsed["image/encoded"].bytes_list.value[0]
        assert encoded == image_path(tmp_path, image.split, image.file_name).read_bytes()
        assert parsed["image/key/sha256"].bytes_list.value[0].decode() == hashlib.sha256(encoded).hexdigest()
        assert parsed["image/format"].bytes_list.value[0] == b"jpeg"
        pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
        assert pixels.shape[:2] == (
            parsed["image/height"].int64_list.value[0],
            parsed["image/width"].int64_list.value[0],
        )
        names = [CATEGORIES.names[a.category].encode() for a in image.annotations]
        assert list(parsed["image/object/class/text"].bytes_list.value) == names
    text = (tmp_path / "tfrecord" / "label_map.pbtxt").read_text()
    assert re.findall(r"id: (\d+)\s+name: '(.*?)'", text) == [("1", "ring"), ("2", "tag"), ("3", "key")]


def test_masks_are_pngs_of_the_image_s_size(tmp_path: Path) -> None:
    images = toy_images()[:1]
    write_pictures(tmp_path, images)
    pictures = [image_path(tmp_path, image.split, image.file_name) for image in images]
    path = tmp_path / "a.tfrecord"
    path.write_bytes(b"".join(shard_records(pictures, images, 1, CATEGORIES, masks=True)))
    (record,) = read_records(path)
    for data, annotation in zip(decode_example(record)["image/object/mask"], images[0].annotations, strict=True):
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(pixels, annotation.mask.to_full(320, 240))


def test_names_with_quotes_keep_the_label_map_whole() -> None:
    assert "name: 'it\\'s'" in label_map(Categories(("it's",)))


def test_shards() -> None:
    assert [shard_count(n) for n in (0, 1, 1000, 1001)] == [1, 1, 1, 2]
    assert shard_name("train", 1, 12) == "train-00001-of-00012.tfrecord"


@pytest.mark.parametrize("damage", ["flip", "cut", "length"])
def test_damage_is_told_with_file_and_record(tmp_path: Path, damage: str) -> None:
    data = bytearray(frame(b"first") + frame(b"second"))
    if damage == "cut":
        del data[-6:]
    else:
        data[30 if damage == "flip" else 22] ^= 1
    path = tmp_path / "a.tfrecord"
    path.write_bytes(data)
    with pytest.raises(LabelError, match=r"a\.tfrecord: record 1"):
        list(read_records(path))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_are_an_example_or_told(data: bytes) -> None:
    with contextlib.suppress(LabelError):
        decode_example(data)
