import base64, hashlib, hmac, time


def caller_headers(key_id, secret, caller, roles, message):
    prefix = f"v1.{key_id}.{int(time.time() * 1000)}"
    texts = [prefix, message["app_id"], message["message_id"], message["exchange"]]
    texts += [message["routing_key"], message["reply_to"], caller, *roles]
    parts = [text.encode() for text in texts] + [message["body"]]
    signed = b"".join(b"%d:%s" % (len(part), part) for part in parts)
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    code = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return {"caller": caller, "caller-roles": roles, "caller-signature": f"{prefix}.{code}"}
