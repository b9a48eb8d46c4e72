"""An API server that knows a few objects and no more: for templates that ask the cluster (`lookup`)."""

import contextlib
import http.server
import json
import pathlib
import tempfile
import threading

VERSION = {"major": "1", "minor": "34", "gitVersion": "v1.34.0"}
VERBS = ["get", "list", "create", "patch", "delete"]


def _plural(kind):
    return f"{kind.lower()}s"


def _types(objects):
    """Discovery: path, and what the server says of the types of these objects."""
    versions = {}
    for found in objects:
        versions.setdefault(found["apiVersion"], set()).add(found["kind"])
    for version, kinds in versions.items():
        resources = [{"name": _plural(kind), "singularName": kind.lower(), "namespaced": True, "kind": kind, "verbs": VERBS}
                     for kind in sorted(kinds)]
        yield version, {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources}


def _answers(objects, rendered):
    """Path: what is there."""
    types = {"v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": []}, **dict(_types([*rendered, *objects]))}
    groups = [{"name": version.split("/")[0], "versions": [{"groupVersion": version, "version": version.split("/")[1]}]}
              for version in types if "/" in version]
    answers = {"/version": VERSION, "/api": {"kind": "APIVersions", "versions": ["v1"]},
               "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}}
    answers |= {f"/{'apis' if '/' in version else 'api'}/{version}": resources for version, resources in types.items()}
    for found in objects:
        metadata = found["metadata"]
        path = f"/apis/{found['apiVersion']}/namespaces/{metadata['namespace']}/{_plural(found['kind'])}/{metadata['name']}"
        answers[path] = found
    return answers


def _handler(answers):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802, the library's name
            found = answers.get(self.path.split("?")[0])
            missing = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
            body = json.dumps(found or missing).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


@contextlib.contextmanager
def serving(objects, rendered):
    """Path of a kubeconfig that leads to a server with these objects, which knows the types of those that are rendered."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(_answers(objects, rendered)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            kubeconfig = pathlib.Path(folder) / "kubeconfig"
            kubeconfig.write_text(json.dumps({
                "apiVersion": "v1", "kind": "Config", "current-context": "test",
                "clusters": [{"name": "test", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
                "users": [{"name": "test", "user": {}}]}))
            yield str(kubeconfig)
    finally:
        server.shutdown()
        server.server_close()
