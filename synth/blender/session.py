"""Answers requests, one after the other."""

from __future__ import annotations

from typing import BinaryIO

import msgspec

from synth.blender.developing import Negative, developed
from synth.blender.devices import devices
from synth.blender.passes import rendered
from synth.blender.reading import read_bodies
from synth.blender.scenery import bodies
from synth.blender.store import Store
from synth.blender.theatre import Theatre
from synth.errors import AssetError, ConfigError
from synth.scene.take import (
    AskDevices,
    Done,
    PutDecal,
    PutMesh,
    ReadBodies,
    Refused,
    Reply,
    Request,
    Scenery,
    Shoot,
    receive_request,
    send,
)


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answers until the requests end."""
    session = Session()
    while True:
        try:
            request = receive_request(source)
        except EOFError:
            return
        send(sink, session.answer(request))


class Session:
    """What this process knows: meshes and decals, what stands in Blender, and the last rendering."""

    def __init__(self) -> None:
        self._store = Store()
        self._theatre = Theatre(self._store)
        self._last: tuple[Shoot, Negative] | None = None

    def answer(self, request: Request) -> Reply:
        """The reply to a request."""
        try:
            return self._answer(request)
        except (AssetError, ConfigError) as error:
            self._last = None
            self._theatre.forget()
            return Refused(str(error))

    def _answer(self, request: Request) -> Reply:
        if isinstance(request, Shoot):
            return self._shoot(request)
        if isinstance(request, AskDevices):
            return devices()
        self._last = None
        self._theatre.forget()
        if isinstance(request, ReadBodies):
            self._theatre.open("")
            self._store.forget()
            return read_bodies(request.path)
        if isinstance(request, PutMesh):
            self._store.put_mesh(request)
        elif isinstance(request, PutDecal):
            self._store.put_decal(request)
        return Done()

    def _shoot(self, request: Shoot) -> Reply:
        unmixed = msgspec.structs.replace(request, mix=())
        if self._last is not None and self._last[0] == unmixed:
            return developed(self._last[1], request.mix, afresh=False)
        self._last = None
        self._theatre.open(request.blend)
        if (lacking := self._store.lacking(request)) is not None:
            return lacking
        self._store.trim(request)
        negative = self._rendered(request)
        self._last = (unmixed, negative)
        return developed(negative, request.mix, afresh=True)

    def _rendered(self, request: Shoot) -> Negative:
        theatre = self._theatre
        poses = theatre.stand(request)
        scenery: list[Scenery] = []

        def look(graph: object) -> None:
            if request.blend:
                scenery.extend(bodies(graph, theatre.own, theatre.origin))

        planes = rendered(theatre.scene, theatre.layer, look)
        return Negative(request, theatre.region, planes, theatre.groups, poses, tuple(scenery))
