"""What TensorBoard shows of a training while it goes on."""

import shutil
import time

from tensorboardX.event_file_writer import EventsWriter
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.summary_pb2 import Summary


class Events:
    """A training's history as an event file, each epoch as soon as it is over."""

    def __init__(self, folder, history):
        """Begin anew with the epochs that there are: a resumed training tells all of them."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        # Not the library's SummaryWriter: it writes later, in a thread that a kill takes along.
        self.writer = EventsWriter(str(folder / "events"))
        for row in history:
            self.add(row)

    def add(self, row):
        """Write what the history says of an epoch."""
        values = [
            Summary.Value(tag=name.replace(":", "/"), simple_value=value)
            for name, value in row.items()
            if name != "epoch"
        ]
        summary = Summary(value=values)
        self.writer.write_event(Event(step=row["epoch"], wall_time=time.time(), summary=summary))
        self.writer.flush()
