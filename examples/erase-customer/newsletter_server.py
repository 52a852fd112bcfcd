"""The newsletter in Python, with nothing but the standard library."""
import base64, hashlib, hmac, json, os, time
from http.server import BaseHTTPRequestHandler, HTTPServer

subscribers = {"0192f000-0000-7000-8000-0000000000c1": "kim@example.org"}


def is_signed(headers, body):
    at = headers.get("webhook-timestamp", "0")
    text = f"{headers.get('webhook-id')}.{at}.".encode() + body
    code = hmac.new(os.environ["WEBHOOK__SECRET"].encode(), text, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(code).decode()
    return abs(time.time() - int(at)) < 300 and hmac.compare_digest(expected, headers.get("webhook-signature", ""))


class Newsletter(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if not is_signed(self.headers, body):
            return self.send_error(401)
        question = json.loads(body)
        if question["action"] == "deleting":
            for customer in question["ids"]:
                subscribers.pop(customer, None)
        answer = {"allowed": True} if question["action"].startswith("may") else {}
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Newsletter)
print(f"newsletter listens on {server.server_port}", flush=True)
server.serve_forever()
