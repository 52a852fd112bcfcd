"""Publishes as the Korean seed's QueuePublisher(name, type='direct') does: declare exchange and queue, then publish.

usage: kombu_publish.py <broker url> <name> <body as JSON> <headers as JSON> <gzip | bzip2 | none>
"""
import json
import sys

from kombu import Connection, Exchange, Queue

url, name, body, headers, compression = sys.argv[1:]
exchange = Exchange(name, type='direct')
queue = Queue(name, exchange=exchange, routing_key=name)
with Connection(url) as connection:
    producer = connection.Producer(serializer='json')
    producer.publish(
        json.loads(body),
        exchange=exchange,
        routing_key=name,
        declare=[queue],
        headers=json.loads(headers),
        compression=None if compression == 'none' else compression,
    )
