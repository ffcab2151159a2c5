/*
 * What Ironic, its client and IPA need from PyPI: the upper constraints of OpenStack's stable/2025.1
 * (openstack/requirements), narrowed to what pip installs for the three, with their newest releases of that series.
 * All have wheels for Python 3.10 to 3.13 but logutils and pyperclip, which are pure Python.
 */
const text = `
alembic==1.14.1
amqp==5.3.1
async-timeout==5.0.1
attrs==25.1.0
automaton==3.2.0
autopage==0.5.2
bcrypt==4.0.1
cachetools==5.5.2
certifi==2026.10.18
cffi==1.17.1
charset-normalizer==3.4.1
cliff==4.9.1
cmd2==2.5.11
construct==2.10.70
cryptography==43.0.3
debtcollector==3.0.0
decorator==5.1.1
dnspython==2.7.0
dogpile-cache==1.3.4
eventlet==0.39.0
fasteners==0.19
flexcache==0.3
flexparser==0.4
futurist==3.1.0
greenlet==3.1.1
idna==3.10
ifaddr==0.2.0
ironic==29.0.6
ironic-python-agent==10.2.3
iso8601==2.1.0
jinja2==3.1.5
jmespath==1.0.1
jsonpatch==1.33
jsonpointer==3.0.0
jsonschema==4.23.0
jsonschema-specifications==2024.10.1
jwcrypto==1.5.6
keystoneauth1==5.10.0
keystonemiddleware==10.9.1
kombu==5.4.2
logutils==0.3.5
mako==1.3.9
markupsafe==3.0.2
microversion-parse==2.0.0
msgpack==1.1.0
netaddr==1.3.0
numpy==2.2.3
openstacksdk==4.4.0
os-service-types==1.7.0
os-traits==3.3.0
osc-lib==3.2.0
oslo-cache==3.10.2
oslo-concurrency==7.1.0
oslo-config==9.7.2
oslo-context==5.7.1
oslo-db==17.2.1
oslo-i18n==6.5.1
oslo-log==7.1.0
oslo-messaging==16.1.2
oslo-metrics==0.11.0
oslo-middleware==6.3.1
oslo-policy==4.5.1
oslo-rootwrap==7.5.1
oslo-serialization==5.7.0
oslo-service==4.1.2
oslo-upgradecheck==2.5.0
oslo-utils==8.2.0
oslo-versionedobjects==3.6.0
osprofiler==4.2.0
packaging==24.2
paste==3.10.1
pastedeploy==3.1.0
pbr==7.0.0
pecan==1.5.1
pint==0.24.4
platformdirs==4.3.6
prettytable==3.14.0
prometheus-client==0.21.1
psutil==7.0.0
pycadf==4.0.1
pycdlib==1.14.0
pycparser==2.22
pyjwt==2.10.1
pyparsing==3.2.1
pyperclip==1.9.0
python-dateutil==2.9.0.post0
python-ironicclient==5.10.3
python-keystoneclient==5.6.0
pyudev==0.24.3
pyyaml==6.0.2
redis==5.2.1
referencing==0.36.2
repoze-lru==0.7
requests==2.32.3
requestsexceptions==1.4.0
rfc3986==2.0.0
routes==2.5.1
rpds-py==0.23.1
setuptools==75.8.2
six==1.17.0
sqlalchemy==2.0.38
statsd==4.0.1
stevedore==5.4.1
sushy==5.5.1
tenacity==9.0.0
testresources==2.0.1
testscenarios==0.5.0
testtools==2.7.2
tooz==6.3.0
typing-extensions==4.12.2
tzdata==2025.1
urllib3==1.26.20
vine==5.1.0
voluptuous==0.15.2
wcwidth==0.2.13
webob==1.8.9
websockify==0.12.0
werkzeug==3.1.3
wrapt==1.17.2
yappi==1.6.10
zeroconf==0.145.1
`;

/** One "name==version" a package, sorted by name. */
export const pins: readonly string[] = text.trim().split("\n");

/** The pinned version of a package: throws for one that is not pinned. */
export function pinned(name: string): string {
  const pin = pins.find((candidate) => candidate.startsWith(`${name}==`));
  if (pin === undefined) throw new Error(`plan/guest/ironic/pins.ts does not pin ${name}`);
  return pin.slice(name.length + 2);
}
