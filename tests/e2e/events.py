#!/usr/bin/python3
"""TensorBoard's event files by other people's code: Google's CRC-32C and protocol buffers.

events.py read FILE    prints a line an event: hparam NAME VALUE, or TAG STEP VALUE WALL_TIME
events.py write FILE   writes a file as other programs do: values in all forms, and one record that
                       was cut off
event_pb2 is made by protoc from event.proto.
"""
import struct
import sys

import crc32c
import event_pb2


def masked(data):
    crc = crc32c.crc32c(data)
    return ((crc >> 15) | (crc << 17)) + 0xA282EAD8 & 0xFFFFFFFF


def records(path):
    with open(path, "rb") as file:
        while head := file.read(12):
            (length,) = struct.unpack("<Q", head[:8])
            data, tail = file.read(length), file.read(4)
            assert struct.unpack("<I", head[8:])[0] == masked(head[:8]), "checksum of a length"
            assert struct.unpack("<I", tail)[0] == masked(data), "checksum of a record"
            yield event_pb2.Event.FromString(data)


def read(path):
    events = list(records(path))
    assert events[0].file_version == "brain.Event:2"
    for event in events[1:]:
        for value in event.summary.value:
            if value.tag == "_hparams_/session_start_info":
                assert value.metadata.plugin_data.plugin_name == "hparams"
                start = event_pb2.HParams.FromString(value.metadata.plugin_data.content)
                for name, kind in sorted(start.session_start_info.hparams.items()):
                    print("hparam", name, getattr(kind, kind.WhichOneof("kind")))
            else:
                assert value.WhichOneof("value") == "simple_value"
                print(value.tag, event.step, repr(value.simple_value), repr(event.wall_time))


def record(event):
    data = event.SerializeToString()
    head = struct.pack("<Q", len(data))
    return head + struct.pack("<I", masked(head)) + data + struct.pack("<I", masked(data))


def event(step, tag, **value):
    summary = event_pb2.Summary(value=[event_pb2.Summary.Value(tag=tag, **value)])
    return record(event_pb2.Event(wall_time=1.7e9 + step, step=step, summary=summary))


def write(path):
    tensor = event_pb2.Tensor
    dim = tensor.Shape.Dim(size=2)
    parts = [
        record(event_pb2.Event(wall_time=1.7e9, file_version="brain.Event:2")),
        event(1, "train/loss", simple_value=2.5),
        event(2, "train/loss", tensor=tensor(dtype=1, float_val=[2.25])),
        event(3, "train/loss", tensor=tensor(dtype=1, tensor_content=struct.pack("<f", 2.125))),
        event(4, "train/loss", tensor=tensor(dtype=2, double_val=[0.1])),
        event(5, "train/loss", tensor=tensor(dtype=2, tensor_content=struct.pack("<d", 0.2))),
        event(5, "val_loss", simple_value=1.5),
        event(6, "train/loss", simple_value=float("nan")),
        event(3, "train/loss", simple_value=9),
        event(6, "weights", tensor=tensor(dtype=1, tensor_shape=tensor.Shape(dim=[dim]),
                                          tensor_content=struct.pack("<ff", 1, 2))),
    ]
    with open(path, "wb") as file:
        file.write(b"".join(parts) + event(7, "train/loss", simple_value=1)[:-5])


{"read": read, "write": write}[sys.argv[1]](sys.argv[2])
