"""What both loopback emulators stand on: clock, faults, log, gate, control, transports.

An emulator is built in five steps::

    clock, faults, log = Clock(), Faults(), RequestLog()
    flask_app.register_blueprint(control(emulator))       # /_sandbox/*
    emulator.app = Gate(flask_app, clock=clock, faults=faults, log=log, gzip_from=1024)
    server = serve(emulator.app)                          # over a socket …
    session.mount("https://api.example", InProcess(emulator.app))   # … or without one

A view tells the log how many rows it took and gave with :func:`note_rows`.
"""

from connectors.loopback.kit.clock import Clock, Ticker, parse_duration
from connectors.loopback.kit.control import control
from connectors.loopback.kit.emulator import Emulator
from connectors.loopback.kit.faults import Fault, FaultError, Faults
from connectors.loopback.kit.gate import Gate
from connectors.loopback.kit.hangup import Hangup
from connectors.loopback.kit.inprocess import InProcess
from connectors.loopback.kit.log import Call, RequestLog, note_rows
from connectors.loopback.kit.server import Server, serve

__all__ = [
    "Call",
    "Clock",
    "Emulator",
    "Fault",
    "FaultError",
    "Faults",
    "Gate",
    "Hangup",
    "InProcess",
    "RequestLog",
    "Server",
    "Ticker",
    "control",
    "note_rows",
    "parse_duration",
    "serve",
]
