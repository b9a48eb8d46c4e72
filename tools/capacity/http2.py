"""Enough of HTTP/2 to call gRPC without a library: headers are literals, and of answers only the data counts."""

import socket
import struct

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
WINDOW = 2**30


def field(number, value):
    """One field of a protobuf message: text and messages by length, numbers as varints. Lengths up to 16,383."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def strings_of(message):
    """The text fields at the top of a protobuf message, by number; all other fields are passed over."""
    found, at = {}, 0
    while at < len(message):
        tag, at = _read_varint(message, at)
        if tag & 7 == 0:
            _, at = _read_varint(message, at)
        elif tag & 7 == 2:
            length, at = _read_varint(message, at)
            found[tag >> 3] = message[at:at + length]
            at += length
        else:
            break
    return found


def _read_varint(data, at):
    value, shift = 0, 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
        shift += 7


class Connection:
    """One connection in plaintext; one thread."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._authority, self._next, self._buffer = address, 1, b""
        self._socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(SETTINGS, 0, 0, struct.pack(">HI", 4, WINDOW))
                             + _frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", WINDOW)))
        self.answers = {}  # stream to data received so far
        self.ended = set()

    def begin(self, path, message):
        """Sends a request; its stream."""
        stream, self._next = self._next, self._next + 2
        headers = ((":method", "POST"), (":scheme", "http"), (":path", path), (":authority", self._authority),
                   ("te", "trailers"), ("content-type", "application/grpc"))
        block = b"".join(b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
                         for name, value in headers)
        self._socket.sendall(_frame(HEADERS, END_HEADERS, stream, block)
                             + _frame(DATA, END_STREAM, stream, b"\0" + struct.pack(">I", len(message)) + message))
        self.answers[stream] = b""
        return stream

    def read(self):
        """Waits for one frame and takes it in."""
        head = self._exactly(9)
        length, kind, flags, stream = int.from_bytes(head[:3], "big"), head[3], head[4], int.from_bytes(head[5:], "big")
        body = self._exactly(length)
        if kind == DATA:
            self.answers[stream] += body
            if length:
                self._socket.sendall(_frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", length)))
        elif kind in (SETTINGS, PING) and not flags & ACK:
            self._socket.sendall(_frame(kind, ACK, 0, body if kind == PING else b""))
        elif kind == GOAWAY:
            raise ConnectionError("the server ends the connection")
        if kind == RST_STREAM or kind in (DATA, HEADERS) and flags & END_STREAM:
            self.ended.add(stream)

    def call(self, path, messages, at_once):
        """All of the calls, some at a time; the answers in their order, empty for an error."""
        streams, waiting = [], set()
        for message in messages:
            while len(waiting) >= at_once:
                self.read()
                waiting -= self.ended
            streams.append(self.begin(path, message))
            waiting.add(streams[-1])
        while waiting - self.ended:
            self.read()
        self.ended.clear()
        return [self.answers.pop(stream)[5:] for stream in streams]

    def close(self):
        self._socket.close()

    def _exactly(self, length):
        while len(self._buffer) < length:
            received = self._socket.recv(65_536)
            if not received:
                raise ConnectionError("the connection was closed")
            self._buffer += received
        result, self._buffer = self._buffer[:length], self._buffer[length:]
        return result


def _frame(kind, flags, stream, body):
    return len(body).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + body
