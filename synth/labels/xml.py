"""XML from strangers: no DTD, no entities, no network, no huge or deeply nested file; every refusal is one line."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from synth.errors import LabelError

MAX_FILE_BYTES = 16 << 20


def read_xml(path: Path) -> etree._Element:
    """The root of an XML file; LabelError with file, line and remedy if it is broken, huge, or brings a DTD along."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise LabelError(f"{path}: larger than {MAX_FILE_BYTES >> 20} MiB; is it the label file of one image?")
        data = path.read_bytes()
    except OSError as error:
        raise LabelError(f"{path}: cannot be read ({error.strerror or error}); check the path and its rights") from None
    if not data.strip():
        raise LabelError(f"{path}: no XML in it, the file is empty; label the image again or delete the file")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,  # keeps the limits of libxml2: 256 levels, 10 MB a text, no blow-up by entities
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise LabelError(f"{path}:{line}: broken XML ({_one_line(error)}); mend it or label the image again") from None
    except (ValueError, LookupError) as error:  # bytes that no text can hold, an unknown encoding
        raise LabelError(f"{path}: broken XML ({_one_line(error)}); save it as UTF-8") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise LabelError(f"{path}: has a DOCTYPE, which could define entities; remove those lines")
    return root


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
