"""Consumes from a queue, with kombu's default options, and prints each message as a line of JSON.

usage: kombu_consume.py <broker url> <name> <messages>
"""
import json
import sys

from kombu import Connection, Consumer, Exchange, Queue

url, name, count = sys.argv[1:]
left = int(count)


def take(body, message):
    global left
    left -= 1
    print(json.dumps({'body': body, 'type': message.content_type, 'routing_key': message.delivery_info['routing_key']}), flush=True)
    message.ack()


with Connection(url) as connection:
    queue = Queue(name, exchange=Exchange(name, type='direct'), routing_key=name)
    with Consumer(connection.channel(), queues=[queue], callbacks=[take], accept=['json']):
        while left > 0:
            connection.drain_events(timeout=20)
