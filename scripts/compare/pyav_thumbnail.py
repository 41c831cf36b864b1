"""The exact picture at a time with PyAV, all cores: seek to the keyframe before, decode on, scale, save."""

import sys

import av

video, at, picture = sys.argv[1], float(sys.argv[2]), sys.argv[3]
with av.open(video) as container:
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    container.seek(int(at / stream.time_base), stream=stream)
    for frame in container.decode(stream):
        if frame.time + 1 / float(stream.average_rate) > at:
            frame.reformat(height=360, width=360 * frame.width // frame.height).to_image().save(picture, quality=85)
            break
