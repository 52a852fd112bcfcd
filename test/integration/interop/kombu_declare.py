"""Declares an exchange and a queue of each name, as kombu's own Exchange and Queue default to.

usage: kombu_declare.py <broker url> <name>...
"""
import sys

from kombu import Connection, Exchange, Queue

url, *names = sys.argv[1:]
with Connection(url) as connection:
    channel = connection.channel()
    for name in names:
        Queue(name, exchange=Exchange(name, type='direct'), routing_key=name).declare(channel=channel)
        print(name, flush=True)
