"""The product's settings, but files are kept in clear: for a figure, never for use."""

from config.settings import *  # noqa: F403

FILE_UPLOAD_HANDLERS = ["tests.bench.plain_uploads.PlainUploadHandler"]
