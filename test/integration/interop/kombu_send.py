"""Publishes as a plain kombu producer does: a text body without a declaration.

usage: kombu_send.py <broker url> <name> <serializer | default> <text>
"""
import sys

from kombu import Connection, Exchange

url, name, serializer, text = sys.argv[1:]
options = {} if serializer == 'default' else {'serializer': serializer}
with Connection(url) as connection:
    producer = connection.Producer(exchange=Exchange(name), routing_key=name)
    producer.publish(text, **options)
