"""The opened platform: the database and the ports that the settings name."""

from __future__ import annotations

from dataclasses import dataclass

from educore import EDUCATION, Domain, Educore, Ports
from educore.adapters.carriers.broker import BrokerCarrier
from educore.adapters.carriers.local import LocalCarrier
from educore.adapters.clock import SystemClock
from educore.adapters.local_files import LocalFiles
from educore.adapters.local_uploads import LocalUploads
from educore.adapters.logging import LogMail, LogSms
from educore.adapters.passwords import Argon2Passwords
from educore.adapters.seals import KeyedSeal
from educore.adapters.sql import Database, PostgresCarrier
from educore.adapters.tokens import JwtTokens
from educore.kernel import Clock, Files, Mail, Sms, Uploads
from educore_web.settings import SHORTEST_SECRET, Settings


@dataclass(frozen=True)
class Platform:
    """The settings, the database, and the application on it.

    `files` is the folder of files, None if a bucket is. `uploads` signs the uploads that this server itself takes from
    clients, None if they go to Cloudinary. `carrier` is that of the ports, to be closed with the platform.
    """

    settings: Settings
    database: Database
    school: Educore
    files: LocalFiles | None
    uploads: LocalUploads | None
    carrier: LocalCarrier | BrokerCarrier

    def close(self) -> None:
        """Close all connections."""
        self.carrier.close()
        self.database.close()


def open_platform(settings: Settings, *, domain: Domain = EDUCATION, patient: bool = False) -> Platform:
    """Open the database and the ports that the settings name.

    The domain is that of every edge: the tables, the APIs, the admin and the reports. `patient` is that of `Database`.
    Raises: ValueError if the settings have no secret.
    """
    if settings.secret is None or len(settings.secret.get_secret_value()) < SHORTEST_SECRET:
        raise ValueError("EDUCORE_SECRET must be set to at least 32 random characters")
    secret, clock = settings.secret.get_secret_value(), SystemClock()
    stored = _files(settings, secret=secret, clock=clock)
    files, uploads = _uploads(settings, stored, secret=secret, clock=clock)
    carrier = _carrier(settings)
    ports = Ports(
        clock=clock,
        passwords=Argon2Passwords(),
        tokens=JwtTokens(secret, clock),
        files=files,
        uploads=uploads,
        mail=_mail(settings),
        sms=_sms(settings),
        seal=_seal(settings, secret=secret),
        carrier=carrier,
        access_lifetime=settings.access_lifetime,
        refresh_lifetime=settings.refresh_lifetime,
        meeting_url=settings.meeting_url,
        reset_url=settings.reset_url or f"{settings.public_url}/reset-password",
        region=settings.region,
        language=settings.language,
        texts_per_day=settings.texts_per_day,
        sign_up_center=settings.sign_up_center,
    )
    database = Database(settings.database, domain, pool_size=settings.pool_size, patient=patient)
    return Platform(
        settings,
        database,
        Educore(database.store, ports),
        files=stored if isinstance(stored, LocalFiles) else None,
        uploads=uploads if isinstance(uploads, LocalUploads) else None,
        carrier=carrier,
    )


def _files(settings: Settings, *, secret: str, clock: Clock) -> Files:
    """Return the storage of uploaded files: the bucket if the settings name one, else the folder."""
    if settings.s3_bucket is None:
        return LocalFiles(settings.files, base_url=settings.public_url, secret=secret, clock=clock)
    from educore.adapters.s3 import S3Files  # boto3 is installed only with educore[s3]

    return S3Files(
        settings.s3_bucket, prefix=settings.s3_prefix, region=settings.s3_region, endpoint_url=settings.s3_endpoint
    )


def _uploads(settings: Settings, stored: Files, *, secret: str, clock: Clock) -> tuple[Files, Uploads]:
    """Return all files and who takes new ones from clients: Cloudinary if the settings name it, else this server."""
    name, key, api_secret = settings.cloudinary_name, settings.cloudinary_key, settings.cloudinary_secret
    if name is None or key is None or api_secret is None:
        return stored, LocalUploads(base_url=settings.public_url, secret=secret, clock=clock)
    from educore.adapters.cloudinary import Cloudinary, FilesWithCloudinary

    cloud = Cloudinary(name, key=key, secret=api_secret.get_secret_value(), clock=clock)
    return FilesWithCloudinary(stored, cloud), cloud


def _carrier(settings: Settings) -> LocalCarrier | BrokerCarrier:
    """Return what wakes the other processes: Redis if the settings name one, else PostgreSQL.

    On SQLite only this process is woken; others look for new rows by themselves, often enough.
    """
    if settings.redis_url is not None:
        from educore.adapters.carriers.redis import RedisCarrier  # redis is installed only with educore[redis]

        return RedisCarrier(settings.redis_url)
    if settings.database.startswith("sqlite"):
        return LocalCarrier()
    return PostgresCarrier(settings.database)


def _mail(settings: Settings) -> Mail:
    """Return the mail server if the settings name one, else a port that only writes to the log."""
    if settings.smtp_url is None or settings.mail_from is None:
        return LogMail()
    from educore.adapters.smtp import SmtpMail  # its modules take memory that a platform without mail does not need

    return SmtpMail(settings.smtp_url, sender=settings.mail_from)


def _sms(settings: Settings) -> Sms:
    """Return the SMS gateway if the settings name one, else a port that only writes to the log."""
    if settings.sms_url is None or settings.sms_token is None:
        return LogSms()
    from educore.adapters.http_sms import HttpSms

    return HttpSms(settings.sms_url, token=settings.sms_token.get_secret_value(), sender=settings.sms_from)


def _seal(settings: Settings, *, secret: str) -> KeyedSeal:
    """Return the seal of the audit trail, with its own key if the settings have one, else a key from the secret."""
    if settings.audit_key is not None:
        return KeyedSeal(settings.audit_key.get_secret_value())
    return KeyedSeal.from_secret(secret)
