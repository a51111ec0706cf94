/** The camera as a scanner, where the browser can read barcodes by itself. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { texts } from './texts.ts';

/** The part of the Barcode Detection API that is used; TypeScript does not know it yet. */
interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}

/** A button that opens the camera, and calls back with the first code that it sees. Nothing where there is no detector. */
export function Camera({ onCode }: { readonly onCode: (code: string) => void }) {
  const [isOpen, setIsOpen] = useState(false);
  const [problem, setProblem] = useState('');
  const video = useRef<HTMLVideoElement>(null);
  const BarcodeDetector: (new () => Detector) | undefined = Reflect.get(globalThis, 'BarcodeDetector');
  useEffect(() => {
    const element = video.current;
    if (!isOpen || element === null || BarcodeDetector === undefined) return;
    const detector = new BarcodeDetector();
    let isOver = false;
    let stream: MediaStream | undefined;
    const look = async (): Promise<void> => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      element.srcObject = stream;
      await element.play();
      while (!isOver) {
        const [code] = await detector.detect(element);
        if (code !== undefined) {
          onCode(code.rawValue);
          break;
        }
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      setIsOpen(false);
    };
    look().catch((error: unknown) => {
      setProblem(texts.noCamera(String(error)));
      setIsOpen(false);
    });
    return () => {
      isOver = true;
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, [isOpen]);
  if (BarcodeDetector === undefined) return null;
  return (
    <>
      <button type="button" class="quiet" onClick={() => setIsOpen(!isOpen)}>
        {isOpen ? texts.closeCamera : texts.openCamera}
      </button>
      {isOpen ? <video ref={video} muted playsInline /> : null}
      <p role="alert">{problem}</p>
    </>
  );
}
