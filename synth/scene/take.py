"""What passes between this process and Blender's: a stage with its meshes and textures in, light and poses out.

Each message is four bytes of length (little-endian) and so much MessagePack. Meshes, decals and pictures are sent once
and named by keys after that; a new Blender process knows none of them and says which it lacks.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.geometry.mesh import Mesh
from synth.geometry.pose import Pose
from synth.scene.stage import LinearColour, Stage

LENGTH = struct.Struct("<I")


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all messages."""


class Array(Message, frozen=True):
    """A numpy array: its dtype (with byte order), shape and bytes in C order."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    @classmethod
    def of(cls, array: NDArray[Any]) -> Array:
        """Packs an array."""
        return cls(array.dtype.str, array.shape, np.ascontiguousarray(array).tobytes())

    @property
    def unpacked(self) -> NDArray[Any]:
        """The array, read-only."""
        return np.frombuffer(self.data, self.dtype).reshape(self.shape)


class MeshArrays(Message, frozen=True):
    """A `Mesh` as it travels; fields as there."""

    vertices: Array
    faces: Array
    slots: Array
    uv: Array | None = None
    colours: Array | None = None
    decal: Array | None = None
    smooth: Array | None = None

    @classmethod
    def of(cls, mesh: Mesh) -> MeshArrays:
        """Packs a mesh."""

        def packed(name: str) -> Array | None:
            array = getattr(mesh, name)
            return None if array is None else Array.of(array)

        return cls(
            Array.of(mesh.vertices), Array.of(mesh.faces), Array.of(mesh.slots),
            **{name: packed(name) for name in ("uv", "colours", "decal", "smooth")},
        )  # fmt: skip

    @property
    def unpacked(self) -> Mesh:
        """The mesh."""

        def unpacked(part: Array | None) -> Any:
            return None if part is None else part.unpacked

        return Mesh(
            self.vertices.unpacked, self.faces.unpacked, self.slots.unpacked,
            unpacked(self.uv), unpacked(self.colours), unpacked(self.decal), unpacked(self.smooth),
        )  # fmt: skip


class PutMesh(Message, frozen=True, tag="mesh"):
    """A mesh to remember.

    Attributes:
        key: its name from now on.
        mesh: its arrays.
        pictures: for each slot the path of the picture that a scan brings along, "" for none.
    """

    key: str
    mesh: MeshArrays
    pictures: tuple[str, ...] = ()


class PutDecal(Message, frozen=True, tag="decal"):
    """The face of a tag, laid flat.

    Attributes:
        key: its name from now on.
        rgba: (h, w, 4) uint8, sRGB colour of body and ink, and how much of what lies below it hides.
        relief: (h, w) uint8, 128 = the surface, more stands out; None without any.
        box_mm: (u0, v0, u1, v1) that the picture spans on the mesh's decal coordinates.
        relief_mm: height of 127 levels.
    """

    key: str
    rgba: Array
    box_mm: tuple[float, float, float, float]
    relief: Array | None = None
    relief_mm: float = 0.1


class Shoot(Message, frozen=True, tag="shoot"):
    """A picture to take. The same stage as last time is not rendered again, only developed with another mix.

    Attributes:
        stage: what to render.
        width, height: px.
        meshes: key of the mesh of each thing, by its name.
        decals: key of the decal of each thing that has one.
        pictures: path of each picture that the stage names by an id.
        blend: path of the .blend file.
        mix: gains of the light groups; those that are not named stay.
        passes: also return the renderer's own object index and depth, to check labels against; all samples then lie
            at the middles of pixels.
    """

    stage: Stage
    width: int
    height: int
    meshes: dict[str, str]
    decals: dict[str, str] = {}
    pictures: dict[str, str] = {}
    blend: str = ""
    mix: tuple[LinearColour, ...] = ()
    passes: bool = False


class AskDevices(Message, frozen=True, tag="devices"):
    """Which devices can render."""


class ReadBodies(Message, frozen=True, tag="read"):
    """Read the meshes of a file whose format Blender reads and others do not (USD)."""

    path: str


Request = PutMesh | PutDecal | Shoot | AskDevices | ReadBodies


class Scenery(Message, frozen=True):
    """A body of a file: its mesh, its pose, and for each slot the path of its picture, "" for none.

    Of a .blend file, as it was rendered.
    """

    name: str
    mesh: MeshArrays
    pose: Pose
    pictures: tuple[str, ...] = ()


class Picture(Message, frozen=True, tag="picture"):
    """What was taken.

    Attributes:
        rgb: (h, w, 3) float32 linear light, denoised; premultiplied with alpha.
        alpha: (h, w) float32; None where the film is not transparent.
        shadow: (h, w, 3) float32 factors by which the shadows on catchers darken; None without catchers.
        poses: of all things, as they came to rest.
        scenery: the .blend file's own bodies (the camera and lights not).
        index: (h, w) float32, the renderer's object index (position in the stage's things + 1); only with `passes`.
        depth: (h, w) float32, the renderer's distance along the optical axis, metres; only with `passes`.
        afresh: it was rendered for this one, not only developed again.
    """

    rgb: Array
    alpha: Array | None
    shadow: Array | None
    poses: dict[str, Pose]
    scenery: tuple[Scenery, ...] = ()
    index: Array | None = None
    depth: Array | None = None
    afresh: bool = True


class Lacking(Message, frozen=True, tag="lacking"):
    """Nothing was taken: these keys are not known (any more)."""

    meshes: tuple[str, ...] = ()
    decals: tuple[str, ...] = ()


class Refused(Message, frozen=True, tag="refused"):
    """Nothing was taken, and would not be the next time: a file is damaged, newer, or missing."""

    text: str


class Done(Message, frozen=True, tag="done"):
    """A mesh or decal is kept."""


class Devices(Message, frozen=True, tag="devices"):
    """Blender's version, and what it can render on: (backend, name) pairs, the CPU first."""

    version: str
    devices: tuple[tuple[str, str], ...]


class Bodies(Message, frozen=True, tag="bodies"):
    """What a file holds."""

    bodies: tuple[Scenery, ...]


Reply = Picture | Lacking | Refused | Done | Devices | Bodies

_ENCODER = msgspec.msgpack.Encoder()
_REQUESTS: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_REPLIES: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def encode(message: Request | Reply) -> bytes:
    """A message without its length."""
    return _ENCODER.encode(message)


def decode_reply(data: bytes) -> Reply:
    """What `encode` made of a reply."""
    return _REPLIES.decode(data)


def send(stream: BinaryIO, message: Request | Reply) -> None:
    """Writes a message and flushes."""
    data = encode(message)
    stream.write(LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive_request(stream: BinaryIO) -> Request:
    """The next request; EOFError at the end."""
    (length,) = LENGTH.unpack(_read(stream, LENGTH.size))
    return _REQUESTS.decode(_read(stream, length))


def receive_reply(stream: BinaryIO) -> Reply:
    """The next reply; EOFError if the other process is gone."""
    (length,) = LENGTH.unpack(_read(stream, LENGTH.size))
    return decode_reply(_read(stream, length))


def _read(stream: BinaryIO, count: int) -> bytes:
    parts: list[bytes] = []
    while count > 0:
        part = stream.read(count)
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
