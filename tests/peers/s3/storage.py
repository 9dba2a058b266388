"""An S3-compatible storage of somebody else's making, on a free port of loopback, that checks signatures.

Prints a line of JSON with where it is, the bucket and a key that may write there; then, for each line that it reads,
a line of JSON with what is in the bucket: the SHA-256 and the size of each object, and how many uploads are unfinished.
"""

import hashlib
import json
import os
import sys

# So many requests are not checked: those that make the key and the bucket.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "4"

import boto3  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
url = f"http://{host}:{port}"


def client(service, access="first", secret="first"):
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="eu-central-1",
        aws_access_key_id=access,
        aws_secret_access_key=secret,
    )


iam = client("iam")
iam.create_user(UserName="house")
key = iam.create_access_key(UserName="house")["AccessKey"]
policy = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
iam.put_user_policy(UserName="house", PolicyName="all", PolicyDocument=json.dumps(policy))
client("s3").create_bucket(
    Bucket="backups", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
)
storage = client("s3", key["AccessKeyId"], key["SecretAccessKey"])
said = {"url": url, "bucket": "backups", "access": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
print(json.dumps(said), flush=True)

for _ in sys.stdin:
    objects = {}
    for found in storage.list_objects_v2(Bucket="backups").get("Contents", []):
        body = storage.get_object(Bucket="backups", Key=found["Key"])["Body"].read()
        objects[found["Key"]] = {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}
    uploads = storage.list_multipart_uploads(Bucket="backups").get("Uploads", [])
    print(json.dumps({"objects": objects, "unfinished": len(uploads)}), flush=True)
