"""The ID token: what the provider signs about who somebody is (OpenID Connect Core 1.0, section 3.1.3.7)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    InvalidKeyIdError,
    JoseError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from integrity.federation.failures import NotIdentified, Reason

# Signatures that only the provider can make: never "none", and never a secret that both sides know.
ALGORITHMS: Final = ("RS256", "ES256", "EdDSA")
LEEWAY: Final = 60
OLDEST: Final = 600
LONGEST: Final = 16 * 1024
LEAST_RSA_BITS: Final = 2048
_KEYS: Final[dict[str, type[RSAKey | ECKey | OKPKey]]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_CLAIMS: Final = {
    "iss": Reason.ISSUER,
    "aud": Reason.AUDIENCE,
    "azp": Reason.AUDIENCE,
    "nonce": Reason.NONCE,
    "exp": Reason.EXPIRED,
    "iat": Reason.EXPIRED,
    "nbf": Reason.EXPIRED,
}


@dataclass(frozen=True)
class Expected:
    """What a token must say to be believed."""

    issuer: str
    client: str
    nonce: str
    algorithms: tuple[str, ...]


def public_keys(content: dict[str, Any]) -> KeySet:
    """The provider's keys for signatures, from its JWK set; others, and those of other kinds, are left out.

    Raises NotIdentified when none is left.
    """
    found = []
    listed = content.get("keys")
    for each in listed if isinstance(listed, list) else []:
        if not isinstance(each, dict) or each.get("use", "sig") != "sig" or "d" in each:
            continue
        kind = _KEYS.get(str(each.get("kty")))
        if kind is not None:
            try:
                key = kind.import_key(each)
            except (JoseError, ValueError, TypeError):
                continue
            if not isinstance(key, RSAKey) or key.raw_value.key_size >= LEAST_RSA_BITS:
                found.append(key)
    if not found:
        raise NotIdentified(Reason.KEYS)
    return KeySet(list(found))


def read(token: str, access_token: str | None, keys: KeySet, expected: Expected) -> dict[str, Any]:
    """The token's claims, when its signature and what it says about itself are right.

    Raises NotIdentified with the reason.
    """
    if len(token) > LONGEST:
        raise NotIdentified(Reason.TOKEN)
    # Unknown header fields are left unread (RFC 7515, section 4); those marked critical are refused all the same.
    registry = JWSRegistry(algorithms=list(expected.algorithms), strict_check_header=False)
    try:
        opened = jwt.decode(token, keys, registry=registry)
    except UnsupportedAlgorithmError as error:
        raise NotIdentified(Reason.ALGORITHM) from error
    except (BadSignatureError, InvalidKeyIdError) as error:
        raise NotIdentified(Reason.SIGNATURE) from error
    except (JoseError, ValueError, TypeError) as error:
        raise NotIdentified(Reason.TOKEN) from error
    claims = CodeIDToken(
        opened.claims,
        opened.header,
        options={
            "iss": {"essential": True, "value": expected.issuer},
            "sub": {"essential": True},
            "aud": {"essential": True, "value": expected.client},
        },
        params={"nonce": expected.nonce, "client_id": expected.client, "access_token": access_token},
    )
    # The institution's calendar may stand elsewhere in the demonstration; the provider's clock does not.
    now = int(time.time())
    try:
        claims.validate(now=now, leeway=LEEWAY)
    except ExpiredTokenError as error:
        raise NotIdentified(Reason.EXPIRED) from error
    except (InvalidClaimError, MissingClaimError) as error:
        raise NotIdentified(_CLAIMS.get(getattr(error, "claim", ""), Reason.TOKEN)) from error
    except (JoseError, ValueError, TypeError) as error:
        raise NotIdentified(Reason.TOKEN) from error
    if claims["iat"] < now - OLDEST - LEEWAY:
        raise NotIdentified(Reason.EXPIRED)
    return dict(claims)
