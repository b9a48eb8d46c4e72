#!/usr/bin/env python3
"""Looks at the objects of the release's namespace: each belongs to somebody, and after uninstall none is left.

usage: check_objects.py owned|gone RELEASE OBJECTS.json

An object belongs to the release (Helm's annotation), to another object that is there, or to the namespace itself: what
Kubernetes puts into every namespace, Helm's own record of the release, and the Secrets that the chart is told of.
"""

import json
import sys

OF_EVERY_NAMESPACE = {("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")}


def name_of(item):
    return f"{item['kind']} {item['metadata']['name']}"


def is_of_namespace(item):
    if (item["kind"], item["metadata"]["name"]) in OF_EVERY_NAMESPACE:
        return True
    if item["kind"] != "Secret":
        return False
    # Made by the test: it was there before the release and stays.
    applied = "kubectl.kubernetes.io/last-applied-configuration"
    return applied in item["metadata"].get("annotations", {})


def is_record(item):
    return item["kind"] == "Secret" and item.get("type") == "helm.sh/release.v1"


def owner_of(item, release, uids):
    """Who owns it, or None."""
    metadata = item["metadata"]
    if metadata.get("annotations", {}).get("meta.helm.sh/release-name") == release:
        return "release"
    for reference in metadata.get("ownerReferences", []):
        if reference["uid"] in uids:
            return reference["kind"]
    return None


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("owned", "gone"):
        sys.exit(__doc__)
    mode, release = sys.argv[1], sys.argv[2]
    with open(sys.argv[3], encoding="utf-8") as file:
        items = json.load(file)["items"]
    uids = {item["metadata"]["uid"] for item in items}
    found = [item for item in items if not is_of_namespace(item)]
    if mode == "owned":
        found = [item for item in found if not is_record(item) and owner_of(item, release, uids) is None]
    for item in found:
        print(f"    {'nobody owns' if mode == 'owned' else 'left:'} {name_of(item)}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
