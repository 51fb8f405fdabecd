"""The key that a delivery has from its control number."""

from b2bsync.edi.standard import X12
from b2bsync.partners import Partner


def delivery_key(partner: Partner, standard: str, control_number: str) -> str:
    """Fixed for the life of a delivery: stage, partner, our identity and theirs, ISA13 or UNB 0020."""
    pair = f"{partner.our_isa}>{partner.isa}" if standard == X12 else f"{partner.our_unb}>{partner.unb}"
    return f"{partner.stage}:{partner.name}:{pair}:{control_number}"
