"""A register of natural persons as an agency of the bus: the service GBDFL_Person, in one file.

What stands between a wire contract and a register is little: say what you offer, read the question, answer it or say
that nobody is there, and tell faults with the codes that the bus expects.
"""

import argparse
import json
import pathlib
import re
import signal
import sys
import tempfile
from concurrent import futures

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from grpc_tools import protoc

ROOT = pathlib.Path(__file__).resolve().parents[4] / "proto"
PROTOS = [
    "eush/adapter/v1/adapter.proto",
    "eush/bus/v1/envelope.proto",
    "eush/bus/v1/process.proto",
    "eush/bus/v1/rejection.proto",
    "eush/registry/gbdfl/v1/person.proto",
]
SERVICE = "eush.adapter.v1.AgencyService"
MESSAGE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def generate(folder):
    """Message classes from the contract, made anew at each start."""
    include = pathlib.Path(protoc.__file__).parent / "_proto"
    arguments = ["protoc", f"-I{ROOT}", f"-I{include}", f"--python_out={folder}", f"--grpc_python_out={folder}"]
    if protoc.main(arguments + PROTOS) != 0:
        sys.exit("the contract cannot be compiled")
    sys.path.insert(0, folder)


class Register:
    """What the register knows: people by number."""

    def __init__(self, path):
        self.people = {person["iin"]: person for person in json.loads(pathlib.Path(path).read_text("utf-8"))}


def serve(arguments):
    from eush.adapter.v1 import adapter_pb2, adapter_pb2_grpc
    from eush.bus.v1 import envelope_pb2
    from eush.registry.gbdfl.v1 import person_pb2

    register = Register(arguments.people)

    class Agency(adapter_pb2_grpc.AgencyServiceServicer):
        def Describe(self, request, context):
            name = envelope_pb2.LocalizedText(
                kk="Жеке тұлғалар тізілімі", ru="Реестр физических лиц", en="Register of natural persons"
            )
            service = adapter_pb2.ServiceDescription(
                service_id="GBDFL_Person",
                kind=adapter_pb2.SERVICE_KIND_LOOKUP,
                request_type=person_pb2.PersonRequest.DESCRIPTOR.full_name,
                response_type=person_pb2.PersonResponse.DESCRIPTOR.full_name,
                name=name,
            )
            return adapter_pb2.DescribeResponse(
                agency="gbdfl",
                name=name,
                version="python-1",
                services=[service],
                payload_origin=adapter_pb2.PAYLOAD_ORIGIN_PUBLIC_FIELD_NAMES,
            )

        def Lookup(self, request, context):
            if not MESSAGE_ID.fullmatch(request.delivery.message_id):
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "`delivery.message_id` is missing or no id")
            if request.delivery.service_id != "GBDFL_Person":
                context.abort(grpc.StatusCode.NOT_FOUND, "this service is not offered here")
            # The number itself is personal data and never part of what is told.
            if not re.fullmatch("[0-9]{12}", request.about.iin):
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "`about.iin` must be twelve digits")
            question = person_pb2.PersonRequest()
            try:
                understood = request.request.Unpack(question)
            except Exception:
                understood = False
            if not understood:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "`request` must be a PersonRequest")
            if question.iin and question.iin != request.about.iin:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "`request.iin` differs from `about.iin`")
            answer = adapter_pb2.LookupResponse(message_id=request.delivery.message_id)
            person = register.people.get(request.about.iin)
            if person is None:
                answer.absent.SetInParent()
            else:
                answer.found.Pack(self.entry(person))
            return answer

        @staticmethod
        def entry(person):
            value = person_pb2.DictionaryValue
            female = person["sex"] == "female"
            return person_pb2.PersonResponse(
                persons=[
                    person_pb2.Person(
                        iin=person["iin"],
                        surname=person["surname"],
                        name=person["name"],
                        patronymic=person["patronymic"],
                        birth_date=person["birth_date"],
                        gender=value(
                            code="2" if female else "1",
                            name_kz="Әйел" if female else "Ер",
                            name_ru="Женский" if female else "Мужской",
                        ),
                        citizenship=value(code="398", name_kz="Қазақстан", name_ru="Казахстан"),
                        life_status=value(code="0", name_kz="Қалыпты", name_ru="Нормальный"),
                    )
                ]
            )

        def Deliver(self, request, context):
            context.abort(grpc.StatusCode.NOT_FOUND, "a register takes no deliveries")

        def NotifyTerm(self, request, context):
            context.abort(grpc.StatusCode.NOT_FOUND, "a register has no terms")

    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
    adapter_pb2_grpc.add_AgencyServiceServicer_to_server(Agency(), server)
    states = health.HealthServicer()
    for name in ("", SERVICE):
        states.set(name, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(states, server)
    reflection.enable_server_reflection([SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
    port = server.add_insecure_port(arguments.listen)
    server.start()
    host = arguments.listen.rsplit(":", 1)[0]
    print(json.dumps({"address": f"{host}:{port}"}), flush=True)

    def stop(*_):
        states.enter_graceful_shutdown()
        server.stop(grace=3)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.wait_for_termination()


def main():
    parser = argparse.ArgumentParser(description="A register of natural persons on the bus.")
    parser.add_argument("--listen", default="127.0.0.1:0", help="host:port; port 0 lets the system choose")
    parser.add_argument("--people", required=True, help="JSON file: a list of people")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        generate(folder)
        serve(arguments)


if __name__ == "__main__":
    main()
