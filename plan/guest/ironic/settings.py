import base64, fcntl, glob, hashlib, http.client, json, os, pwd, re, stat, subprocess, sys, time, urllib.request

username = "@USERNAME@"
api = "http://@ADDRESS@:@PORT@"
first, conf, password = "@FIRST@", "@CONF@", "@CONFIG@/password"
put, pending = "@PROXY@/settings.json", "@PROXY@/pending"
status, ipa = "@STATUS@", "@IPA@"
# What npx ovb up brings: where the proxy leaves it, and where it belongs.
brought, deploy = "@PROXY@/brought-", "@DEPLOY@"
places = {"kernel": ipa + "/kernel", "ramdisk": ipa + "/ramdisk", "image": deploy + "/image"}
most_bytes = 65536
begin, end = "# BEGIN ovb:authorizedKeys: npx ovb up changes these lines", "# END ovb:authorizedKeys"
# Nothing goes on there: a restart of Ironic ends nothing.
stable = re.compile("enroll|manageable|available|active|rescue|error|.* failed|.* hold")


def once(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key is there twice")
    return dict(pairs)


def check(content):
    """The settings in these bytes. Raises ValueError with what is wrong."""
    if len(content) > most_bytes:
        raise ValueError("more than %d bytes" % most_bytes)
    try:
        settings = json.loads(content.decode(), object_pairs_hook=once)
    except RecursionError:
        raise ValueError("no JSON") from None
    names = {"authorizedKeys", "kernel", "ramdisk", "automatedClean"}
    if type(settings) is not dict or set(settings) != names:
        raise ValueError("not an object of just " + ", ".join(sorted(names)))
    keys = settings["authorizedKeys"]
    if type(keys) is not list:
        raise ValueError("authorizedKeys is no list")
    for i, key in enumerate(keys):
        line = type(key) is str and key.isprintable() and re.fullmatch(r"(ssh-|ecdsa-|sk-)\S+ \S+( .*)?", key)
        if not line:
            raise ValueError("authorizedKeys[%d] is no line with a public key" % i)
    for name in ("kernel", "ramdisk"):
        source = settings[name]
        if source is None:
            continue
        if type(source) is not dict or set(source) != {"url", "sha256"}:
            raise ValueError(name + " is neither null nor an object of just url and sha256")
        if type(source["url"]) is not str or not re.fullmatch(r"https?://[!-~]{1,4000}", source["url"]):
            raise ValueError(name + ".url is no http or https URL")
        if type(source["sha256"]) is not str or not re.fullmatch(r"[0-9a-f]{64}", source["sha256"]):
            raise ValueError(name + ".sha256 is not 64 lower-case hexadecimal digits")
    if type(settings["automatedClean"]) is not bool:
        raise ValueError("automatedClean is neither true nor false")
    return settings


def read(path):
    """A regular file, and no link of somebody's to another."""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError(path + " is no file")
        return file.read(most_bytes + 1)


def write(path, content, mode=0o600):
    new = path + ".new"
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode), "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def with_block(text, keys, old):
    """authorized_keys with the keys in our block; those that cloud-init wrote at first are ours as well."""
    lines = text.splitlines()
    if begin in lines and end in lines[lines.index(begin):]:
        start = lines.index(begin)
        del lines[start:lines.index(end, start) + 1]
    ours = [key.split()[:2] for key in old]
    lines = [line for line in lines if line.split()[:2] not in ours]
    if keys:
        lines += [begin, *keys, end]
    return "".join(line + "\n" for line in lines)


def write_keys(home, keys, old):
    path = os.path.join(home, ".ssh", "authorized_keys")
    os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
    try:
        with open(path) as file:
            was = file.read()
    except FileNotFoundError:
        was = ""
    text = with_block(was, keys, old)
    if text != was:
        write(path, text.encode())


def default_user():
    """The image's, as cloud-init knows it."""
    import yaml

    name = None
    for path in ["/etc/cloud/cloud.cfg", *sorted(glob.glob("/etc/cloud/cloud.cfg.d/*.cfg"))]:
        try:
            with open(path) as file:
                name = yaml.safe_load(file)["system_info"]["default_user"]["name"]
        except (OSError, KeyError, TypeError):
            continue
    return pwd.getpwnam(name)


def apply_keys(keys, old):
    user = default_user()
    # As that user, whose files these are.
    subprocess.run(
        [sys.executable, os.path.abspath(__file__), "keys", user.pw_dir],
        input=json.dumps([keys, old]), text=True, check=True,
        user=user.pw_uid, group=user.pw_gid, extra_groups=[],
    )


def sha256(path):
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while part := file.read(1 << 20):
                digest.update(part)
    except FileNotFoundError:
        return None
    return digest.hexdigest()


def fetch(name, source):
    """The file beside the one in use, checked."""
    new = "%s/%s.new" % (ipa, name)
    os.makedirs(ipa, exist_ok=True)
    for pause in (5, 20, 60, None):
        say("applying", "fetching IPA's " + name)
        try:
            with urllib.request.urlopen(source["url"], timeout=60) as answer, open(new, "wb") as file:
                while part := answer.read(1 << 20):
                    file.write(part)
            break
        except (OSError, ValueError, http.client.HTTPException) as error:
            # Its text may hold the URL, and that a password.
            why = getattr(error, "code", None) or type(getattr(error, "reason", error)).__name__
            if pause is None:
                raise ValueError("IPA's %s cannot be fetched (%s): see ovb:undercloud.ironic.%s.url" % (name, why, name))
            say("applying", "IPA's %s cannot be fetched (%s); again in %d s" % (name, why, pause))
            time.sleep(pause)
    if sha256(new) != source["sha256"]:
        os.unlink(new)
        raise ValueError("IPA's %s has another SHA-256 than ovb:undercloud.ironic.%s.sha256" % (name, name))


absent = "IPA's %s is not here: npx ovb up brings it, or set ovb:undercloud.ironic.%s"


def apply_ipa(sources):
    """Each is swapped in as a whole, and none before all are there. What the image has is kept beside what was fetched."""
    steps = []
    for name, source in sources.items():
        path = "%s/%s" % (ipa, name)
        image, fetched = path + ".image", path + ".fetched"
        if source is None and os.path.exists(fetched):
            if not os.path.exists(image):
                raise ValueError(absent % (name, name))
            steps.append((image, path, fetched))
        elif source is None:
            if not os.path.exists(path) or os.path.getsize(path) == 0:
                raise ValueError(absent % (name, name))
        elif sha256(path) != source["sha256"]:
            fetch(name, source)
            if os.path.exists(path) and not os.path.exists(fetched) and not os.path.exists(image):
                os.link(path, image)
            steps.append((path + ".new", path, None))
    for new, path, fetched in steps:
        if fetched is None:
            open(path + ".fetched", "w").close()
        # Ironic goes by the time whether what it has copied is current.
        os.utime(new)
        os.replace(new, path)
        if fetched:
            os.unlink(fetched)


def has():
    """SHA-256 of what was brought; "" where it is the image's own, None where there is none."""
    found = {}
    for name, path in places.items():
        own = glob.glob(deploy + "/*.raw") if name == "image" else [path]
        found[name] = "" if any(os.path.exists(one) and os.path.getsize(one) > 0 for one in own) else None
        if os.path.exists(path + ".brought"):
            found[name] = read(path + ".brought").decode()
    return found


def take_brought():
    """Takes over what the proxy was given, as a whole and checked once more: from then on the image has it."""
    for name, path in places.items():
        source = brought + name
        if not os.path.lexists(source):
            continue
        say("applying", "taking over the %s" % name)
        wanted, digest = read(source + ".sha256").decode(), hashlib.sha256()
        os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
        with open(os.open(source, os.O_RDONLY | os.O_NOFOLLOW), "rb") as given, open(path + ".taken", "wb") as file:
            while part := given.read(1 << 20):
                digest.update(part)
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        os.unlink(source)
        if digest.hexdigest() != wanted:
            os.unlink(path + ".taken")
            raise ValueError("the %s that was brought is damaged: npx ovb up brings it again" % name)
        # Beside one that was fetched it waits for the settings to be without that.
        os.replace(path + ".taken", path + ".image" if os.path.exists(path + ".fetched") else path)
        write(path + ".brought", wanted.encode(), 0o644)


def busy():
    """Names of nodes that a restart of Ironic would disturb."""
    with open(password, "rb") as file:
        secret = base64.b64encode(username.encode() + b":" + file.read().strip()).decode()
    headers = {"Authorization": "Basic " + secret, "X-OpenStack-Ironic-API-Version": "1.81"}
    asked = urllib.request.Request(api + "/v1/nodes?fields=uuid,name,provision_state,reservation", headers=headers)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        nodes = json.load(answer)["nodes"]
    return [
        "%s (%s)" % (node["name"] or node["uuid"], node["provision_state"])
        for node in nodes
        if node["reservation"] or not stable.fullmatch(node["provision_state"] or "")
    ]


def running():
    return subprocess.run(["systemctl", "is-active", "--quiet", "ovb-ironic.service"]).returncode == 0


def wait_until_idle():
    while running():
        try:
            names = busy()
        except OSError as error:
            if isinstance(getattr(error, "reason", None), ConnectionRefusedError):
                return  # nobody serves yet: nothing goes on
            names = ["Ironic, which does not answer"]
        if not names:
            return
        say("waiting", ", ".join(names))
        time.sleep(5)


def apply_conf(automated_clean):
    text = ("[conductor]\nautomated_clean = %s\n" % str(automated_clean).lower()).encode()
    restart = os.path.join(os.path.dirname(status), "restart")
    if not os.path.exists(conf) or read(conf) != text:
        wait_until_idle()
        open(restart, "w").close()  # this process may end in between
        write(conf, text, 0o644)
    if os.path.exists(restart):
        subprocess.run(["systemctl", "try-restart", "ovb-ironic.service"], check=True)
        os.unlink(restart)


applying = None


def say(state, why=""):
    text = json.dumps({"of": applying, "state": state, "why": why})
    try:
        said = read(status).decode()
    except FileNotFoundError:
        said = ""
    if text != said:
        write(status, text.encode(), 0o644)
        print("ovb: settings: " + " ".join(filter(None, [state, why])), flush=True)


def apply():
    global applying
    os.makedirs(os.path.dirname(status), 0o755, exist_ok=True)
    lock = open(os.path.join(os.path.dirname(status), "lock"), "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        os.unlink(pending)
    except FileNotFoundError:
        pass
    content = read(put if os.path.lexists(put) else first)
    applying = hashlib.sha256(content).hexdigest()
    try:
        settings = check(content)
        say("applying")
        if not running():
            apply_conf(settings["automatedClean"])  # Ironic does not start without, whatever fails below
        apply_keys(settings["authorizedKeys"], check(read(first))["authorizedKeys"])
        take_brought()
        apply_ipa({name: settings[name] for name in ("kernel", "ramdisk")})
        apply_conf(settings["automatedClean"])
        say("applied")
    except Exception as error:
        # Our own words; another's may hold a URL, and that a password.
        say("failed", str(error) if type(error) is ValueError else type(error).__name__)
        raise


if __name__ == "__main__":
    if sys.argv[1] == "keys":
        write_keys(sys.argv[2], *json.load(sys.stdin))
    else:
        apply()
