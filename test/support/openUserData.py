"""What cloud-init makes of user data: a JSON list of {type, content}, in the order of its parts. Reads them from stdin."""
import json
import sys

from cloudinit import user_data


class Paths:
    def get_ipath_cur(self, name=None):
        return "/nonexistent"

    def __getattr__(self, name):
        return lambda *arguments, **named: "/nonexistent"


def include(processor, content, message):
    """In the place of fetching: shows that it would be fetched."""
    part = user_data.MIMENonMultipart("text", "x-included")
    part.set_payload(content)
    processor._attach_part(message, part)


user_data.UserDataProcessor._do_include = include
user_data.util.fetch_ssl_details = lambda paths: {}
message = user_data.UserDataProcessor(Paths()).process(sys.stdin.buffer.read())
parts = [part for part in message.walk() if not part.is_multipart()]
print(json.dumps([
    {"type": part.get_content_type(), "content": user_data.util.fully_decoded_payload(part)} for part in parts
]))
