"""One node's BMC as classic OVB runs it: a pyghmi process that asks Nova for the power state at each question.

Smaller than the real one, which imports novaclient or openstacksdk: what is measured here is the least that a process
per node can cost. Usage: pyghmiBmc.py UDP-PORT SERVER-URL, with the password in the environment variable SECRET.
"""
import json
import os
import sys
import urllib.request

from pyghmi.ipmi import bmc


class NodeBmc(bmc.Bmc):
    def get_power_state(self):
        request = urllib.request.Request(sys.argv[2], headers={"X-Auth-Token": "a-token"})
        with urllib.request.urlopen(request) as answer:
            return "on" if json.load(answer)["server"]["status"] == "ACTIVE" else "off"


NodeBmc({"admin": os.environ["SECRET"]}, port=int(sys.argv[1]), address="127.0.0.1").listen()
