#!/bin/bash
# The peer that `bench/converge.py` times `site.yml` against: what a competent
# administrator would type into one shell script. Same packages, same build, same
# migrations, same proof; no idempotence, no check mode, no second host.
# Runs as root on a bare Debian host:  converge_baseline.sh ADDRESS SOURCE_TAR
set -euo pipefail
address=$1
source=$2
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
home=/srv/moztrap
release=$home/releases/baseline

secret() { openssl rand -hex 32; }
secret_key=$(secret) owner=$(secret) runtime=$(secret) backup=$(secret) administrator=$(secret)

# --- Packages ---------------------------------------------------------------
apt-get -qq update
apt-get -qq install --no-install-recommends -o Dpkg::Use-Pty=0 \
    acl ca-certificates openssl python3-apt systemd-timesyncd tzdata unattended-upgrades nftables \
    mariadb-server mariadb-client memcached postfix apache2 libapache2-mod-wsgi-py3 \
    build-essential default-libmysqlclient-dev pkg-config python3-dev python3-pip \
    python3-setuptools python3-venv python3-wheel libmariadb3 openssh-client curl >/dev/null

# --- Users and folders --------------------------------------------------------
useradd --system --home-dir $home --shell /usr/sbin/nologin moztrap
useradd --system --home-dir $home --shell /usr/sbin/nologin --groups moztrap moztrap-migrate
useradd --system --create-home --home-dir /var/lib/moztrap-build --shell /usr/sbin/nologin moztrap-build
mkdir -p $home/{releases,assets} /etc/moztrap/tls
install -d -o moztrap -g moztrap $home/media

# --- Firewall -----------------------------------------------------------------
cat >/etc/nftables.conf <<'RULES'
table inet moztrap {
  chain input {
    type filter hook input priority 0; policy drop;
    iif lo accept
    ct state established,related accept
    meta l4proto { icmp, ipv6-icmp } accept
    tcp dport { 22, 80, 443 } accept
  }
}
RULES
nft -c -f /etc/nftables.conf
systemctl enable --now nftables

# --- Certificates ---------------------------------------------------------------
cd /etc/moztrap/tls
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
    -subj '/CN=Baseline CA' -keyout ca.key -out ca.pem 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$address" \
    -keyout host.key -out host.csr 2>/dev/null
openssl x509 -req -in host.csr -CA ca.pem -CAkey ca.key -days 397 -out host.pem \
    -extfile <(echo "subjectAltName=IP:$address") 2>/dev/null
chmod 600 host.key ca.key

# --- Database ---------------------------------------------------------------------
cat >/etc/mysql/mariadb.conf.d/90-moztrap.cnf <<'CNF'
[mysqld]
bind-address = 127.0.0.1
character-set-server = utf8mb4
collation-server = utf8mb4_unicode_520_ci
default_storage_engine = InnoDB
sql_mode = STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION
local_infile = OFF
skip_name_resolve = ON
CNF
systemctl restart mariadb
mariadb <<SQL
CREATE DATABASE moztrap CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;
CREATE USER moztrap_owner@localhost IDENTIFIED BY '$owner';
GRANT ALL ON moztrap.* TO moztrap_owner@localhost;
CREATE USER moztrap@localhost IDENTIFIED BY '$runtime';
GRANT SELECT, INSERT, UPDATE, DELETE ON moztrap.* TO moztrap@localhost;
CREATE USER moztrap_backup@localhost IDENTIFIED BY '$backup';
GRANT SELECT, LOCK TABLES, SHOW VIEW, TRIGGER ON moztrap.* TO moztrap_backup@localhost;
SQL

# --- Cache and mail -----------------------------------------------------------------
printf '%s\n' '-d' '-u memcache' '-l 127.0.0.1' '-p 11211' '-U 0' '-m 64' >/etc/memcached.conf
systemctl restart memcached
postconf -e inet_interfaces=loopback-only 'mynetworks=127.0.0.0/8' mydestination=
systemctl restart postfix

# --- Build ------------------------------------------------------------------------------
build=/var/lib/moztrap-build/work
install -d -o moztrap-build $build
runuser -u moztrap-build -- bash -euo pipefail <<BUILD
cd $build
mkdir app && tar -xf $source -C app
python3 -m venv tools
pip="tools/bin/python -m pip --disable-pip-version-check"
\$pip --quiet install --require-hashes --no-deps --requirement app/requirements/build.txt
\$pip --quiet wheel --no-cache-dir --require-hashes --no-deps --no-build-isolation \\
    --wheel-dir wheels --requirement app/requirements/base.txt
python3 -m venv --without-pip venv
\$pip --quiet --python venv/bin/python install --no-index --no-deps --no-compile wheels/*.whl
cd app
echo '{"release_id": "baseline"}' >moztrap/release.json
mkdir -p moztrap/manifests
export DJANGO_SETTINGS_MODULE=moztrap.settings.build
../venv/bin/python manage.py collectstatic --noinput --verbosity 0
../venv/bin/python manage.py compress --verbosity 0
mv collected-assets ../assets
cd ../assets
find . -type f \( -name '*.css' -o -name '*.js' -o -name '*.svg' \) -exec gzip -9nk {} +
cd ..
venv/bin/python -m compileall -q --invalidation-mode unchecked-hash app venv/lib
tar -czf artefact.tar.gz app venv
BUILD
ssh-keygen -q -t ed25519 -N '' -f /root/signing
ssh-keygen -q -Y sign -n moztrap-artefact -f /root/signing $build/artefact.tar.gz
echo "release $(cat /root/signing.pub)" >/root/signers
ssh-keygen -q -Y verify -n moztrap-artefact -I release -f /root/signers \
    -s $build/artefact.tar.gz.sig <$build/artefact.tar.gz

# --- Install, settings ---------------------------------------------------------------------
mkdir -p $home/artefacts/baseline $release
tar -xzf $build/artefact.tar.gz --no-same-owner -C $home/artefacts/baseline
cp -r $home/artefacts/baseline/app/. $release
ln -s $home/artefacts/baseline/venv $release/venv
cp -r $build/assets/. $home/assets
settings=$release/moztrap/settings/local.py
cat >$settings <<PYTHON
DEBUG = False
SITE_URL = "https://$address"
ALLOWED_HOSTS = ["$address"]
SECRET_KEY = "$secret_key"
DATABASES = {"default": {"ENGINE": "django.db.backends.mysql", "NAME": "moztrap",
    "USER": "moztrap", "PASSWORD": "$runtime", "HOST": "localhost",
    "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "OPTIONS": {"charset": "utf8mb4"}}}
CACHES = {"default": {"BACKEND": "moztrap.core.cache.SignedMemcachedCache",
    "LOCATION": ["127.0.0.1:11211"]}}
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
DEFAULT_FROM_EMAIL = "MozTrap <do-not-reply@baseline.test>"
SERVER_EMAIL = "do-not-reply@baseline.test"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 63072000
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
COMPRESS_ENABLED = COMPRESS_OFFLINE = True
MEDIA_ROOT = "$home/media"
WEB_PROCESSES = 2
SETTINGS_DIGEST = "baseline"
PYTHON
chown root:moztrap $settings
chmod 640 $settings

# --- Migrate in two phases ----------------------------------------------------------------------
install -d -m 700 -o moztrap-migrate /run/moztrap-migrate
cp -r $release /run/moztrap-migrate/release
printf '[client]\nuser=moztrap_owner\npassword=%s\n' "$owner" >/run/moztrap-migrate/owner.cnf
echo 'MIGRATE_OPTION_FILE = "/run/moztrap-migrate/owner.cnf"' \
    >>/run/moztrap-migrate/release/moztrap/settings/local.py
chown -R moztrap-migrate /run/moztrap-migrate
chmod 600 /run/moztrap-migrate/owner.cnf
(cd /run/moztrap-migrate/release
    runuser -u moztrap-migrate -- venv/bin/python manage.py check --deploy --fail-level WARNING >/dev/null
    runuser -u moztrap-migrate -- venv/bin/python manage.py migrate_production >/dev/null)
rm -r /run/moztrap-migrate
(cd $release
    echo "$administrator" | runuser -u moztrap -- venv/bin/python manage.py ensure_admin \
        --username admin --email admin@baseline.test >/dev/null)

# --- Web server ------------------------------------------------------------------------------------
ln -sfn $release $home/current
cat >/etc/apache2/sites-available/moztrap.conf <<CONF
<VirtualHost *:80>
  Redirect permanent / https://$address/
</VirtualHost>
<VirtualHost *:443>
  ServerName $address
  Protocols h2 http/1.1
  SSLEngine on
  SSLProtocol -all +TLSv1.2 +TLSv1.3
  SSLCertificateFile /etc/moztrap/tls/host.pem
  SSLCertificateKeyFile /etc/moztrap/tls/host.key
  WSGIDaemonProcess moztrap user=moztrap group=moztrap processes=2 threads=8 python-home=$release/venv python-path=$release
  WSGIProcessGroup moztrap
  WSGIApplicationGroup %{GLOBAL}
  WSGIScriptAlias / $release/moztrap/deploy/wsgi.py
  Alias /static/ $home/assets/
  <Directory $home/assets>
    Require all granted
    Header set Cache-Control "public, max-age=31536000, immutable"
  </Directory>
  <Directory $release/moztrap/deploy>
    Require all granted
  </Directory>
</VirtualHost>
CONF
a2enmod -q ssl http2 headers wsgi brotli deflate >/dev/null
a2dissite -q 000-default >/dev/null
a2ensite -q moztrap >/dev/null
apachectl -t 2>/dev/null
systemctl restart apache2

# --- Proof -------------------------------------------------------------------------------------------
fetch() { curl --fail --silent --show-error --location --cacert /etc/moztrap/tls/ca.pem "$@"; }
fetch "https://$address/readyz" >/dev/null
fetch "https://$address/" | grep -q '<form'
(cd $home/assets && find . -type f | sed "s#^\./#url = https://$address/static/#; s#\$#\noutput = /dev/null#") >/root/urls
fetch --config /root/urls
echo "verified https://$address/"
