"""An SDC provider by sdc11073, which shares no code with the gateway. Its lines of standard input say what changes:

    value HANDLE NUMBER      a metric's value
    text HANDLE WORDS        a string metric's value
    invalid HANDLE           a metric without a value
    alert HANDLE on|off      an alert condition
    signal HANDLE On|Off|Latch|Ack   how an alert signal shows
    quiet alert HANDLE on|off        the same, and no subscriber is told of it
    skip                     a change that no subscriber is told of: a gap in the versions
    restart                  a new sequence id
    renewals                 how often subscriptions were renewed: a number behind `done renewals`
    end                      tells subscribers that it ends, and stops

Usage: provider.py FOLDER-WITH-PEM-FILES | plain; prints the address of its metadata, then one line for each order done.
"""

import decimal
import pathlib
import sys
import time
import uuid

from sdc11073.certloader import mk_ssl_contexts
from sdc11073.definitions_sdc import SdcV1Definitions
from sdc11073.mdib import ProviderMdib
from sdc11073.provider import SdcProvider
from sdc11073.provider.subscriptionmgr_base import SubscriptionBase
from sdc11073.xml_types import pm_types
from sdc11073.xml_types.dpws_types import ThisDeviceType, ThisModelType


RENEWED = {"calls": 0, "begun": 0}


def count_renewals():
    """A subscription renews itself once when it begins."""
    begin, renew = SubscriptionBase.__init__, SubscriptionBase.renew

    def counted_begin(self, *args, **more):
        RENEWED["begun"] += 1
        begin(self, *args, **more)

    def counted_renew(self, *args, **more):
        RENEWED["calls"] += 1
        renew(self, *args, **more)

    SubscriptionBase.__init__, SubscriptionBase.renew = counted_begin, counted_renew


class Nowhere:
    """In the place of WS-Discovery: the consumer is configured with the address."""

    active_address = "127.0.0.1"

    def publish_service(self, *_args, **_more):
        """Nobody is told."""

    def clear_service(self, *_args):
        """Nobody was told."""


def provider(folder):
    here = pathlib.Path(__file__).parent
    mdib = ProviderMdib.from_mdib_file(here / "mdib.xml", SdcV1Definitions)
    contexts = None
    if folder != "plain":
        pem = pathlib.Path(folder)
        contexts = mk_ssl_contexts(pem / "provider.key", pem / "provider.pem", pem / "ca.pem")
    device = SdcProvider(
        ws_discovery=Nowhere(),
        this_model=ThisModelType(manufacturer="Test", manufacturer_url="www.test.invalid", model_name="Monitor", model_number="1", model_url="www.test.invalid", presentation_url="www.test.invalid"),
        this_device=ThisDeviceType(friendly_name="Monitor 1", firmware_version="1", serial_number="SN-4711"),
        device_mdib_container=mdib,
        epr=uuid.UUID("0b7a3d7e-3c11-4a2e-9d65-1c2f3a4b5c6d"),
        ssl_context_container=contexts,
        max_subscription_duration=10,
    )
    device.start_all(start_rtsample_loop=False)
    return device, mdib


def value(mdib, handle, number, validity=pm_types.MeasurementValidity.VALID):
    with mdib.metric_state_transaction() as change:
        state = change.get_state(handle)
        if state.MetricValue is None:
            state.mk_metric_value()
        state.MetricValue.Value = number
        state.MetricValue.DeterminationTime = time.time()
        state.MetricValue.MetricQuality.Validity = validity


def signal(mdib, handle, presence):
    with mdib.alert_state_transaction() as change:
        change.get_state(handle).Presence = pm_types.AlertSignalPresence(presence)


def quietly_alert(mdib, handle, presence):
    """In the MDIB, whose version counts on as if it had been told."""
    state = mdib.states.descriptor_handle.get_one(handle)
    state.Presence = presence
    state.DeterminationTime = time.time()
    mdib.mdib_version += 1


def alert(mdib, handle, presence):
    with mdib.alert_state_transaction() as change:
        state = change.get_state(handle)
        state.Presence = presence
        state.DeterminationTime = time.time()


def main():
    count_renewals()
    device, mdib = provider(sys.argv[1])
    print(f"{device.get_xaddrs()[0]}", flush=True)
    for line in sys.stdin:
        order, *words = line.split(maxsplit=2)
        if order == "value":
            value(mdib, words[0], decimal.Decimal(words[1].strip()))
        elif order == "text":
            value(mdib, words[0], words[1].strip())
        elif order == "invalid":
            value(mdib, words[0], None, pm_types.MeasurementValidity.INVALID)
        elif order == "alert":
            alert(mdib, words[0], words[1].strip() == "on")
        elif order == "signal":
            signal(mdib, words[0], words[1].strip())
        elif order == "quiet":
            handle, on = words[1].split()
            quietly_alert(mdib, handle, on == "on")
        elif order == "skip":
            mdib.mdib_version += 1
        elif order == "restart":
            mdib.sequence_id = uuid.uuid4().urn
        elif order == "end":
            break
        more = f" {RENEWED['calls'] - RENEWED['begun']}" if order == "renewals" else ""
        print(f"done {order}{more}", flush=True)
    device.stop_all()


main()
