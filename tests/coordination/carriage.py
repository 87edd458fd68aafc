"""A network between an aggregator and its members that loses, repeats, delays and reorders messages."""

import heapq
import random

from mas2tering.community.aggregator import Aggregator


def carry(
    aggregator: Aggregator, members: dict, seed: int, loss: float = 0.0, silent=lambda name, count: False
):
    """A network with a mind of its own: every message takes its own time, some come twice, some never."""
    luck = random.Random(seed)
    queue: list = []
    count = 0

    def post(receiver: str, message) -> None:
        for _ in range(2 if luck.random() < 0.1 else 1):
            if luck.random() >= loss:
                heapq.heappush(
                    queue, (luck.random() + (queue[0][0] if queue else 0.0), luck.random(), receiver, message)
                )

    def send(outgoing) -> None:
        for out in outgoing:
            for receiver in out.receivers:
                post(receiver, out.message)

    send(aggregator.start())
    while not aggregator.is_over or queue:
        if not queue:
            send(aggregator.deadline())
            if not queue and loss == 0.0 and aggregator.is_over:
                break
            continue
        *_, receiver, message = heapq.heappop(queue)
        if receiver == "":
            send(aggregator.receive(message))
            continue
        count += 1
        answer = members[receiver].receive(message)
        if answer is not None and not silent(receiver, count):
            post("", answer)
