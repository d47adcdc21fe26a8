"""fetch_server.py FOLDER - an HTTP server on loopback that behaves, and misbehaves, as its paths say.

Writes its port to FOLDER/port, and each path that it is asked for to FOLDER/asked. What fails until
told otherwise (/later/N) succeeds once FOLDER/healed exists. For each FOLDER/NAME.pem (key and
certificate) it answers https, too, at the port in FOLDER/NAME.port; behind that in FOLDER/hangup.port it
hangs up in the handshake.
"""
import asyncio
import base64
import glob
import os
import ssl
import sys

# 8 x 6 px, grey, baseline.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI/////////////////////////////////////"
    "///////////////////////wAALCAAGAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEA"
    "AD8AP//Z")
folder = sys.argv[1]
seen = {}


def jpeg(number, padding=0):
    """An image of its own for each number: the same picture behind a comment."""
    comment = str(number).encode() + b" " * padding
    return JPEG[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + JPEG[2:]


def reply(status, body=b"", **headers):
    lines = [f"HTTP/1.1 {status} as asked", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def first_time(path):
    seen[path] = seen.get(path, 0) + 1
    return seen[path] == 1


def to(place):
    return reply(302, Location=place)


def answer(path, number, port):
    kind = path.split("/")[1].split("?")[0]
    image = jpeg(number)
    return {
        "ok": lambda: reply(200, image),
        "wide": lambda: reply(200, jpeg(number, 60000)),
        "html": lambda: reply(200, b"  <!DOCTYPE html><title>gone</title>"),
        "png": lambda: reply(200, b"\x89PNG\r\n\x1a\n" + bytes(40)),
        "empty": lambda: reply(200),
        "404": lambda: reply(404, b"<html>no</html>"),
        "500": lambda: reply(500),
        "flaky": lambda: reply(503) if first_time(path) else reply(200, image),
        "later": lambda: reply(200, image) if os.path.exists(f"{folder}/healed") else reply(500),
        "429": lambda: reply(429, Retry_After=1) if first_time(path) else reply(200, image),
        "429long": lambda: reply(429, Retry_After=3600),
        "short": lambda: reply(200, image).replace(b"Content-Length: ", b"Content-Length: 9"),
        "long": lambda: reply(200, image[:120]) + image[120:],
        "loop": lambda: to(path),
        "plain": lambda: to(f"http://127.0.0.1:{open(f'{folder}/port').read()}/ok/{number}"),
        "tls": lambda: to(f"https://127.0.0.1:{open(f'{folder}/good.port').read()}/plain/{number}"),
        "hop": lambda: to(f"/ok/{number}"),
        "private": lambda: to(f"http://127.0.0.2:{port}/ok/1"),
        "mapped": lambda: to(f"http://[::ffff:127.0.0.2]:{port}/ok/1"),
        "ftp": lambda: to("ftp://127.0.0.1/a.jpg"),
        "tofile": lambda: to("file:///etc/passwd"),
        "noai": lambda: reply(200, image, X_Robots_Tag="noarchive, NoAI"),
        "noaius": lambda: reply(200, image, X_Robots_Tag="PatchLaw: noimageai"),
        "noaiother": lambda: reply(200, image, X_Robots_Tag="otherbot: noai"),
        "huge": lambda: b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n" + image,
        "garbage": lambda: b"what is this\n\n",
    }[kind]()


async def misbehave(kind, writer):
    """What takes its time; False where the path is none of these."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    if kind == "endless":
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + JPEG)
        for _ in range(1000):
            writer.write(bytes(1 << 16))
            await writer.drain()
    elif kind in ("stall", "drip", "slow"):
        writer.write(head + JPEG[:20])
        pause, piece = {"stall": (60, b"x"), "drip": (0.2, b"x"), "slow": (0.1, bytes(200))}[kind]
        for _ in range(300):
            await writer.drain()
            await asyncio.sleep(pause)
            writer.write(piece)
    elif kind == "silent":
        await asyncio.sleep(60)
    else:
        return False
    return True


async def serve(reader, writer):
    port = writer.get_extra_info("sockname")[1]
    try:
        while True:
            first = await reader.readexactly(1)
            if first == b"\x16":  # of a TLS handshake, of which plain HTTP knows nothing
                writer.write(reply(400))
                break
            request = (first + await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
            path = request[0].split()[1].decode()
            with open(f"{folder}/asked", "a") as log:
                log.write(path + "\n")
            kind, number = (path.split("/") + ["0"])[1:3]
            if await misbehave(kind, writer):
                break
            if "?" in number:  # /ok/7?MILLISECONDS
                number, wait = number.split("?")
                await asyncio.sleep(int(wait) / 1000)
            writer.write(answer(path, number, port))
            await writer.drain()
            if kind in ("short", "long", "huge", "garbage"):
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def hang_up(reader, writer):
    await reader.read(100)
    with open(f"{folder}/asked", "a") as log:
        log.write("handshake\n")
    writer.close()


async def listen(port_file, handler, context=None):
    server = await asyncio.start_server(handler, "127.0.0.1", 0, backlog=1024, ssl=context)
    with open(f"{port_file}.partial", "w") as file:
        file.write(str(server.sockets[0].getsockname()[1]))
    os.rename(f"{port_file}.partial", port_file)
    return server


async def main():
    servers = [await listen(f"{folder}/hangup.port", hang_up)]
    for pem in glob.glob(f"{folder}/*.pem"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        servers.append(await listen(pem.removesuffix(".pem") + ".port", serve, context))
    servers.append(await listen(f"{folder}/port", serve))
    await servers[-1].serve_forever()


asyncio.run(main())
