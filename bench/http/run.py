#!/usr/bin/env python3
"""What idle and slow connections cost the others, and the server's memory.

    bench/http/run.py BUILD/bench/http/http_bench [--connections 10000] [--tls] [--requests 4000]

A third of the connections never says a word, a third has had one answer, and a third drips the
header of a request, a byte a second each. Beside them `--clients` processes ask for a small answer
again and again on kept connections. Prints their p50 and p95 without and with the others, and the
server's resident memory.
"""

import argparse
import multiprocessing
import pathlib
import platform
import socket
import ssl
import subprocess
import tempfile
import threading
import time

REQUEST = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"


def connect(port, tls):
    plain = socket.create_connection(("127.0.0.1", port), timeout=30)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return tls.wrap_socket(plain) if tls else plain


def context(use_tls):
    if not use_tls:
        return None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def ask(connection):
    connection.sendall(REQUEST)
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(65536)
    head, body = got.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 200 "), head
    length = next(int(l.split(b":")[1]) for l in head.split(b"\r\n") if l.lower().startswith(b"content-length"))
    while len(body) < length:
        body += connection.recv(65536)


def client(port, use_tls, requests, times):
    connection = connect(port, context(use_tls))
    for _ in range(200):
        ask(connection)
    took = []
    for _ in range(requests):
        began = time.perf_counter()
        ask(connection)
        took.append(time.perf_counter() - began)
    times.put(took)


def measure(port, arguments):
    times = multiprocessing.Queue()
    began = time.perf_counter()
    processes = [
        multiprocessing.Process(
            target=client, args=(port, arguments.tls, arguments.requests, times)
        )
        for _ in range(arguments.clients)
    ]
    for process in processes:
        process.start()
    took = sorted(t for _ in processes for t in times.get())
    for process in processes:
        process.join()
    elapsed = time.perf_counter() - began
    return took[len(took) // 2] * 1e3, took[len(took) * 95 // 100] * 1e3, len(took) / elapsed


def memory(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


def drip(slow, stop):
    while not stop.is_set():
        for connection in slow:
            connection.send(b"a")
            if stop.is_set():
                return
        stop.wait(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--connections", type=int, default=10000)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--tls", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [arguments.program]
        if arguments.tls:
            chain, key = f"{folder}/chain.pem", f"{folder}/key.pem"
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                 "-nodes", "-subj", "/CN=localhost", "-out", chain, "-keyout", key],
                check=True, stderr=subprocess.DEVNULL,
            )
            command += [chain, key]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            run(int(server.stdout.readline()), server.pid, arguments)
        finally:
            server.stdin.close()
            server.wait()


def run(port, pid, arguments):
    cpu = next(l for l in open("/proc/cpuinfo") if l.startswith("model name")).split(":")[1].strip()
    print(f"{cpu}, {multiprocessing.cpu_count()} threads, Python {platform.python_version()}")
    kind = "TLS" if arguments.tls else "plain"
    before = measure(port, arguments)
    empty = memory(pid)
    tls = context(arguments.tls)
    began = time.perf_counter()
    others = [connect(port, tls) for _ in range(arguments.connections)]
    opened = time.perf_counter() - began
    third = arguments.connections // 3
    for connection in others[third : 2 * third]:
        ask(connection)
    slow = others[2 * third :]
    for connection in slow:
        connection.send(b"GET /hello HTTP/1.1\r\nX: ")
    stop = threading.Event()
    dripping = threading.Thread(target=drip, args=(slow, stop))
    dripping.start()
    after = measure(port, arguments)
    full = memory(pid)
    stop.set()
    dripping.join()
    print(f"{'':28}  p50 ms  p95 ms  requests/s  memory MB")
    print(f"{kind + ', no others':28}  {before[0]:6.2f}  {before[1]:6.2f}  {before[2]:10.0f}  {empty:9.1f}")
    name = f"{kind}, {len(others):,} others"
    print(f"{name:28}  {after[0]:6.2f}  {after[1]:6.2f}  {after[2]:10.0f}  {full:9.1f}")
    print(f"opened in {opened:.1f} s; {(full - empty) * 1024 / len(others):.1f} KB a connection")


if __name__ == "__main__":
    main()
