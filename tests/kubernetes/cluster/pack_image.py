#!/usr/bin/env python3
"""Packs one static binary as an image archive, without an engine: `ctr images import` takes it.

usage: pack_image.py NAME:TAG BINARY OUT.tar
"""

import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path


def layer_of(binary):
    """A layer with the binary at its root; the same bytes for the same binary."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        entry = tarfile.TarInfo(binary.name)
        entry.size = binary.stat().st_size
        entry.mode = 0o755
        with binary.open("rb") as content:
            archive.addfile(entry, content)
    return layer.getvalue()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    name, binary, out = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    layer = layer_of(binary)
    config = json.dumps({
        "architecture": "amd64", "os": "linux",
        "config": {"Entrypoint": [f"/{binary.name}"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(layer)}"]},
    }).encode()
    manifest = [{"Config": f"{sha256(config)}.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    contents = {
        manifest[0]["Config"]: config,
        "layer.tar": layer,
        "manifest.json": json.dumps(manifest).encode(),
    }
    with tarfile.open(out, "w") as archive:
        for path, content in contents.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


if __name__ == "__main__":
    main()
